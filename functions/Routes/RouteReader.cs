using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Reads the JSON of a route. Every field is checked, every unknown field refused, by its name.</summary>
public sealed class RouteReader(ProviderCatalog providers, OutboundHosts hosts)
{
    private const int MaxPrompt = 16_000;

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public RouteDraft Read(JsonElement body)
    {
        var fields = new JsonFields(body);
        var name = fields.RequiredString("name", 64);
        if (!RouteName.IsValid(name)) throw GatewayException.Invalid("name", "'name' must have 1 to 64 letters, digits, '_', '-' or '.'.", "invalid_route_name");
        var type = fields.RequiredString("route_type", 64);
        if (!RouteTypes.All.Contains(type)) throw GatewayException.Invalid("route_type", $"'route_type' must be one of: {string.Join(", ", RouteTypes.All)}.");

        var draft = new RouteDraft { Name = name, RouteType = type };
        if (type == RouteTypes.Answers)
        {
            draft = draft with { Rag = ReadRag(fields.Object("rag") ?? throw Missing("rag")) };
        }
        else
        {
            var (model, key) = ReadModel(fields.Object("model") ?? throw Missing("model"), type);
            draft = draft with { Model = model, Key = key };
            if (type == RouteTypes.Embeddings && fields.Object("instructions") is { } instructions)
                draft = draft with { Instructions = ReadInstructions(instructions) };
        }

        fields.RejectUnknown();
        return draft;
    }

    private static GatewayException Missing(string field) => GatewayException.Invalid(field, $"'{field}' is required for this route_type.", "missing_field");

    private (RouteModel Model, SecretText? Key) ReadModel(JsonFields fields, string routeType)
    {
        var providerName = fields.RequiredString("provider", 64);
        var provider = providers.Find(providerName)
            ?? throw GatewayException.Invalid(fields.PathOf("provider"), $"'{fields.PathOf("provider")}' must be one of: {string.Join(", ", providers.Names)}.", "unknown_provider");
        var name = fields.RequiredString("name", 128);
        if (name.Length == 0 || name.Contains("..", StringComparison.Ordinal) || name.AsSpan().ContainsAny("?#%\\ ") || name.Any(c => char.IsControl(c) || c > '~'))
            throw GatewayException.Invalid(fields.PathOf("name"), $"'{fields.PathOf("name")}' must be a model's name: ASCII without spaces, '?', '#', '%', '\\' or '..'.");
        provider.Check(routeType, name);

        var word = provider.Name.Replace('-', '_');
        string? apiBase = null;
        SecretText? key = null;
        if (fields.Object($"{word}_config") is { } config)
        {
            apiBase = ReadApiBase(config, $"{word}_api_base");
            key = ReadKey(config, $"{word}_api_key");
            config.RejectUnknown();
        }

        fields.RejectUnknown();
        return (new RouteModel(provider.Name, name, apiBase), key);
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

    private static SecretText? ReadKey(JsonFields config, string field)
    {
        if (config.OptionalString(field, 4096) is not { } key) return null;
        // It travels in a header: printable ASCII only.
        return key.Length > 0 && key.All(c => c is > ' ' and <= '~')
            ? new SecretText(key)
            : throw GatewayException.Invalid(config.PathOf(field), $"'{config.PathOf(field)}' must be printable ASCII without spaces.");
    }

    private static EmbeddingInstructions ReadInstructions(JsonFields fields)
    {
        var read = new EmbeddingInstructions(
            fields.OptionalString("document", 500) ?? EmbeddingInstructions.Default.Document,
            fields.OptionalString("query", 500) ?? EmbeddingInstructions.Default.Query);
        fields.RejectUnknown();
        return read;
    }

    private static RagSettings ReadRag(JsonFields fields)
    {
        var settings = new RagSettings
        {
            EmbeddingsRoute = RouteName.Parse(fields.RequiredString("embeddings_route", 80), fields.PathOf("embeddings_route")).ToString(),
            CompletionsRoute = RouteName.Parse(fields.RequiredString("completions_route", 80), fields.PathOf("completions_route")).ToString(),
            Collection = fields.RequiredString("collection", 64),
            SystemPrompt = WithoutTags(fields, "system_prompt"),
            PromptTemplate = WithoutTags(fields, "prompt_template"),
            TopK = fields.Integer("top_k", 1, 50, 4),
            MaxContextTokens = fields.Integer("max_context_tokens", 64, 100_000, 1500),
            MaxTokens = fields.Integer("max_tokens", 1, 4096, 256),
        };
        if (!RouteName.IsValid(settings.Collection))
            throw GatewayException.Invalid(fields.PathOf("collection"), $"'{fields.PathOf("collection")}' must have 1 to 64 letters, digits, '_', '-' or '.'.");
        if (settings.PromptTemplate is { } template)
        {
            RequireOnce(fields, template, "{context}");
            RequireOnce(fields, template, "{question}");
        }

        fields.RejectUnknown();
        return settings;
    }

    private static string? WithoutTags(JsonFields fields, string name)
    {
        var text = fields.OptionalString(name, MaxPrompt);
        if (text is not null && Llama2Tags.Find(text) is { } found)
            throw GatewayException.Invalid(fields.PathOf(name), $"'{fields.PathOf(name)}' may not contain the tag {found.Tag} (at character {found.Offset}).", "control_tag");
        return text;
    }

    private static void RequireOnce(JsonFields fields, string template, string placeholder)
    {
        var first = template.IndexOf(placeholder, StringComparison.Ordinal);
        if (first < 0 || template.IndexOf(placeholder, first + 1, StringComparison.Ordinal) >= 0)
            throw GatewayException.Invalid(fields.PathOf("prompt_template"), $"'{fields.PathOf("prompt_template")}' must contain {placeholder} exactly once.");
    }
}
