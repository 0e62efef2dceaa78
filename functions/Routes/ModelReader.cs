using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Reads the <c>model</c> of a route: provider, name and the provider's block, whose fields the provider says.</summary>
internal sealed class ModelReader(ProviderCatalog providers, OutboundHosts hosts)
{
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public (RouteModel Model, SecretText? Key) Read(JsonFields fields, string routeType)
    {
        var providerName = fields.RequiredString("provider", 64);
        var provider = providers.Find(providerName)
            ?? throw GatewayException.Invalid(fields.PathOf("provider"), $"'{fields.PathOf("provider")}' must be one of: {string.Join(", ", providers.Names)}.", "unknown_provider");
        var name = fields.RequiredString("name", 128);
        if (name.Length == 0 || name.Contains("..", StringComparison.Ordinal) || name.AsSpan().ContainsAny("?#%\\ ") || name.Any(c => char.IsControl(c) || c > '~'))
            throw GatewayException.Invalid(fields.PathOf("name"), $"'{fields.PathOf("name")}' must be a model's name: ASCII without spaces, '?', '#', '%', '\\' or '..'.");

        var account = fields.OptionalString("account", 64);
        if (account is not null && !RouteName.IsValid(account)) throw GatewayException.Invalid(fields.PathOf("account"), $"'{fields.PathOf("account")}' must have 1 to 64 letters, digits, '_', '-' or '.'.");

        // MLflow's own configuration files call every provider's block "config".
        var block = fields.Object(ProviderCatalog.BlockOf(provider.Name)) ?? fields.Object("config");
        var (model, key) = ReadBlock(provider, name, block, fields);
        fields.RejectUnknown();
        provider.Check(routeType, model);
        CheckHost(provider.DefaultApiBaseOf(model), fields);
        return (model with { Account = account }, key);
    }

    private (RouteModel Model, SecretText? Key) ReadBlock(IProvider provider, string name, JsonFields? block, JsonFields fields)
    {
        string? apiBase = null;
        var keys = new List<string>();
        var words = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var isAmazon = provider.Config.Any(f => f.Name.StartsWith("aws_", StringComparison.Ordinal));
        foreach (var field in provider.Config)
        {
            // MLflow puts Amazon's credentials one level deeper.
            var holder = isAmazon && field.Name.StartsWith("aws_", StringComparison.Ordinal) && block?.Object("aws_config") is { } aws && aws.Has(field.Name) ? aws : block;
            var given = field.Kind switch
            {
                _ when holder is null => null,
                ConfigFieldKind.ApiBase => apiBase = ReadApiBase(holder, field.Name),
                ConfigFieldKind.Key => ReadKey(holder, field.Name),
                _ => ReadWord(holder, field),
            };
            // A key is checked where it is known whether one is stored already.
            if (given is null && field.IsRequired && field.Kind != ConfigFieldKind.Key) throw Missing(holder, field.Name, fields, provider);
            if (given is null) continue;
            if (field.Kind == ConfigFieldKind.Key) keys.Add(given);
            if (field.Kind == ConfigFieldKind.Word) words[field.Name] = given;
        }

        var needed = provider.Config.Count(f => f.Kind == ConfigFieldKind.Key && f.IsRequired);
        if (keys.Count > 0 && keys.Count < needed)
            throw GatewayException.Invalid(block!.PathOf(provider.Config[0].Name), $"'{block.PathOf(provider.Config[0].Name)}' must come with the other parts of the credential.", "missing_field");
        if (isAmazon) block?.Object("aws_config")?.RejectUnknownOf(provider.Config.Select(f => f.Name));
        block?.RejectUnknown();
        var model = new RouteModel(provider.Name, name, apiBase) { Config = words.Count > 0 ? words : null };
        return (model, keys.Count > 0 ? new SecretText(string.Join(':', keys)) : null);
    }

    private static GatewayException Missing(JsonFields? holder, string name, JsonFields fields, IProvider provider)
    {
        var path = holder?.PathOf(name) ?? $"{fields.PathOf(ProviderCatalog.BlockOf(provider.Name))}.{name}";
        return GatewayException.Invalid(path, $"'{path}' is required.", "missing_field");
    }

    private static string? ReadWord(JsonFields config, ConfigField field)
    {
        if (config.OptionalString(field.Name, 128) is not { } word) return null;
        var path = config.PathOf(field.Name);
        if (field.Choices is { } choices && !choices.Contains(word)) throw GatewayException.Invalid(path, $"'{path}' must be one of: {string.Join(", ", choices)}.");
        return word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':')
            ? word
            : throw GatewayException.Invalid(path, $"'{path}' must have 1 to 128 letters, digits, '.', '_', '-' or ':'.");
    }

    private string? ReadApiBase(JsonFields config, string field)
    {
        if (config.OptionalString(field, 512) is not { } text) return null;
        var path = config.PathOf(field);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
            throw GatewayException.Invalid(path, $"'{path}' must be an absolute http or https URL without user, query or fragment.");
        if (hosts.WhyNot(uri) is { } reason) throw GatewayException.Invalid(path, $"'{path}' {reason}", "host_not_allowed");
        return uri.AbsoluteUri.TrimEnd('/');
    }

    private static string? ReadKey(JsonFields config, string field)
    {
        if (config.OptionalString(field, 4096) is not { } key) return null;
        // It travels in a header: printable ASCII only.
        return key.Length > 0 && key.All(c => c is > ' ' and <= '~')
            ? key
            : throw GatewayException.Invalid(config.PathOf(field), $"'{config.PathOf(field)}' must be printable ASCII without spaces.");
    }

    /// <summary>A vendor's own address needs permission as any other does, and a route says so when it is written.</summary>
    private void CheckHost(Uri? address, JsonFields fields)
    {
        if (address is { Scheme: "http" or "https" } && hosts.WhyNot(address) is { } reason)
            throw GatewayException.Invalid(fields.PathOf("provider"), $"'{fields.PathOf("provider")}': the provider's address {address.Host} {reason}", "host_not_allowed");
    }
}
