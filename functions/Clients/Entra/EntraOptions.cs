using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>Whose tokens of Microsoft Entra ID are taken; nobody's where no tenant is named.</summary>
public sealed record EntraOptions
{
    private const string ApiScheme = "api://";

    /// <summary>Whether tokens are taken at all.</summary>
    public bool IsOn => TenantId is not null;

    /// <summary><c>Entra:TenantId</c>: the tenant's GUID.</summary>
    public string? TenantId { get; init; }

    /// <summary><c>Entra:Audience</c>, separated by commas: what tokens are for, as <c>api://...</c> or the application's GUID.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>
    /// The <c>aud</c> of tokens for <see cref="Audiences"/>: of an application that is named by its GUID, or by <c>api://</c> and its GUID, tokens have the one
    /// or the other, by the version that its registration asks for (<c>requestedAccessTokenVersion</c>).
    /// </summary>
    public IReadOnlyList<string> TokenAudiences => [.. Audiences.SelectMany(FormsOf).Distinct(StringComparer.Ordinal)];

    /// <summary><c>Entra:Instance</c>: the cloud's sign-in address. Default <c>https://login.microsoftonline.com</c>.</summary>
    public Uri Instance { get; init; } = new("https://login.microsoftonline.com");

    /// <summary><c>Entra:ClockSkewSeconds</c>, 0..300: how far the clocks of who signs and who checks may be apart. Default 120.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Where people of the tenant sign in.</summary>
    public string Authority => $"{Root}/{TenantId}";

    /// <summary>Where the tenant's keys are told.</summary>
    public string MetadataAddress => $"{Authority}/v2.0/.well-known/openid-configuration";

    /// <summary>Who the tokens say they are from: of version 2, and of version 1.</summary>
    public IReadOnlyList<string> Issuers => [$"{Authority}/v2.0", $"https://{FirstVersionHost}/{TenantId}/"];

    /// <summary>Of the global cloud and of US Government's; 21Vianet's has another.</summary>
    private string FirstVersionHost => Instance.Host.EndsWith(".cn", StringComparison.OrdinalIgnoreCase) ? "sts.chinacloudapi.cn" : "sts.windows.net";

    private string Root => Instance.AbsoluteUri.TrimEnd('/');

    /// <exception cref="InvalidOperationException">A setting is missing or out of its range; the message names the key and what is permitted.</exception>
    public static EntraOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var (tenant, audience) = (configuration["Entra:TenantId"], configuration["Entra:Audience"]);
        if (string.IsNullOrEmpty(tenant) && string.IsNullOrEmpty(audience)) return new EntraOptions();
        if (!Guid.TryParseExact(tenant, "D", out var id)) throw new InvalidOperationException("Setting 'Entra:TenantId' must be the tenant's GUID where 'Entra:Audience' is given.");
        var audiences = (audience ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (audiences.Length == 0) throw new InvalidOperationException("Setting 'Entra:Audience' must name one or more audiences, separated by commas, where 'Entra:TenantId' is given.");
        var defaults = new EntraOptions();
        return new EntraOptions
        {
            TenantId = id.ToString("D"),
            Audiences = audiences,
            Instance = configuration.HttpsUrl("Entra:Instance") ?? defaults.Instance,
            ClockSkew = configuration.Seconds("Entra:ClockSkewSeconds", 0, 300, defaults.ClockSkew),
        };
    }

    private static string[] FormsOf(string audience)
    {
        var id = audience.StartsWith(ApiScheme, StringComparison.OrdinalIgnoreCase) ? audience[ApiScheme.Length..].TrimEnd('/') : audience;
        return Guid.TryParseExact(id, "D", out _) ? [audience, id, ApiScheme + id] : [audience];
    }
}
