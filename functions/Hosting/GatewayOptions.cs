using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Hosting;

/// <summary>The gateway's settings, read and checked once at start.</summary>
public sealed record GatewayOptions
{
    /// <summary><c>Gateway:AnonymousAccess</c>: who a request without credentials is. Default <see cref="Hosting.AnonymousAccess.None"/>.</summary>
    public AnonymousAccess AnonymousAccess { get; init; }

    /// <summary><c>Gateway:OperatorKey</c>: a first operator's key; without it, the Key Vault secret <c>gateway-operator-key</c> is used.</summary>
    public string? OperatorKey { get; init; }

    /// <summary><c>Gateway:AllowedHosts</c>, separated by commas: <c>host</c>, <c>host:port</c> or <c>*.suffix</c>. Routes may name no other host. Default: the vendors' own.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } =
    [
        Providers.MosaicMlProvider.DefaultHost, "api.openai.com", "api.anthropic.com", "api.cohere.com", "api.ai21.com", "generativelanguage.googleapis.com",
        "*.openai.azure.com", "*.cognitiveservices.azure.com", "*.services.ai.azure.com", "*.azuredatabricks.net", "*.cloud.databricks.com", "*.amazonaws.com",
    ];

    /// <summary><c>GpuWorker:BaseUrl</c>: where routes of provider gpu-worker go unless they say otherwise; always allowed.</summary>
    public Uri GpuWorkerBaseUrl { get; init; } = new("http://localhost:8080");

    /// <summary><c>Gateway:RouteCacheSeconds</c>, 0..300: how long another instance's change of a route may go unseen. Default 5.</summary>
    public TimeSpan RouteCache { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>Gateway:McpToolsSeconds</c>, 0..3,600: how long the tools of an upstream MCP server count as those that it has. Default 60; 0 asks it before every call.</summary>
    public TimeSpan McpTools { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>Gateway:ClientCheckSeconds</c>, 0..60: how long another instance's change of a client may go unseen. Default 1; 0 looks at every request.</summary>
    public TimeSpan ClientCheck { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>Gateway:SecretCacheSeconds</c>, 1..86,400. Default 600.</summary>
    public TimeSpan SecretCache { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary><c>Gateway:SecretOutageSeconds</c>, 0..604,800: how long a provider's key serves past its time while the vault cannot be read. Default 3,600.</summary>
    public TimeSpan SecretOutage { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary><c>Gateway:UpstreamConnectSeconds</c>, 1..60: until a connection is there, TLS included. Default 10.</summary>
    public TimeSpan UpstreamConnect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>Gateway:UpstreamTimeoutSeconds</c>, 1..600: until the first token. Default 120.</summary>
    public TimeSpan UpstreamTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary><c>Gateway:UpstreamIdleSeconds</c>, 1..600: between two tokens. Default 60.</summary>
    public TimeSpan UpstreamIdle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>Gateway:MaxAttempts</c>, 1..5: calls of one provider for one request, the first included. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary><c>Gateway:RetryBudgetSeconds</c>, 0..60: time that one request may spend waiting between attempts. Default 10.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>Gateway:RestartWaitSeconds</c>, 0..600: how long a self-hosted worker that cannot be reached is waited for. Default 60.</summary>
    public TimeSpan RestartWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>Gateway:UpstreamTotalSeconds</c>, 1..3,600: for a whole answer. Default 600.</summary>
    public TimeSpan UpstreamTotal { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary><c>Gateway:MaxBodyMegabytes</c>, 1..64: of a request that asks a model, when unpacked; others may have 1. Default 4.</summary>
    public int MaxBodyMegabytes { get; init; } = 4;

    /// <summary><c>Gateway:MaxAnswerChars</c>, 1,000..16,000,000: characters of an answer, all choices together; a provider that goes on is cut off. Default 1,000,000.</summary>
    public int MaxAnswerChars { get; init; } = 1_000_000;

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">A setting is out of its range; the message names the key and what is permitted.</exception>
    public static GatewayOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var defaults = new GatewayOptions();
        return new GatewayOptions
        {
            AnonymousAccess = ReadAnonymousAccess(configuration),
            OperatorKey = ReadOperatorKey(configuration),
            AllowedHosts = ReadHosts(configuration) ?? defaults.AllowedHosts,
            GpuWorkerBaseUrl = ReadUrl(configuration, "GpuWorker:BaseUrl") ?? defaults.GpuWorkerBaseUrl,
            RouteCache = configuration.Seconds("Gateway:RouteCacheSeconds", 0, 300, defaults.RouteCache),
            McpTools = configuration.Seconds("Gateway:McpToolsSeconds", 0, 3600, defaults.McpTools),
            ClientCheck = configuration.Seconds("Gateway:ClientCheckSeconds", 0, 60, defaults.ClientCheck),
            SecretCache = configuration.Seconds("Gateway:SecretCacheSeconds", 1, 86_400, defaults.SecretCache),
            SecretOutage = configuration.Seconds("Gateway:SecretOutageSeconds", 0, 604_800, defaults.SecretOutage),
            UpstreamConnect = configuration.Seconds("Gateway:UpstreamConnectSeconds", 1, 60, defaults.UpstreamConnect),
            UpstreamTimeout = configuration.Seconds("Gateway:UpstreamTimeoutSeconds", 1, 600, defaults.UpstreamTimeout),
            UpstreamIdle = configuration.Seconds("Gateway:UpstreamIdleSeconds", 1, 600, defaults.UpstreamIdle),
            MaxAttempts = configuration.WholeNumber("Gateway:MaxAttempts", 1, 5, defaults.MaxAttempts),
            RestartWait = configuration.Seconds("Gateway:RestartWaitSeconds", 0, 600, defaults.RestartWait),
            UpstreamTotal = configuration.Seconds("Gateway:UpstreamTotalSeconds", 1, 3600, defaults.UpstreamTotal),
            MaxBodyMegabytes = configuration.WholeNumber("Gateway:MaxBodyMegabytes", 1, 64, defaults.MaxBodyMegabytes),
            MaxAnswerChars = configuration.WholeNumber("Gateway:MaxAnswerChars", 1000, 16_000_000, defaults.MaxAnswerChars),
            RetryBudget = configuration.Seconds("Gateway:RetryBudgetSeconds", 0, 60, defaults.RetryBudget),
        };
    }

    // What App Service and Functions set in every app.
    private static readonly string[] OfAzure = ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME"];

    private static AnonymousAccess ReadAnonymousAccess(IConfiguration configuration) => configuration["Gateway:AnonymousAccess"] switch
    {
        null or "" or "none" => AnonymousAccess.None,
        "operator" when OfAzure.Any(name => !string.IsNullOrEmpty(configuration[name])) =>
            throw new InvalidOperationException("Setting 'Gateway:AnonymousAccess' must be 'none' in Azure: 'operator' is for one machine."),
        "operator" => AnonymousAccess.Operator,
        _ => throw new InvalidOperationException("Setting 'Gateway:AnonymousAccess' must be 'none' or 'operator'."),
    };

    private static string? ReadOperatorKey(IConfiguration configuration)
    {
        var key = configuration["Gateway:OperatorKey"];
        if (string.IsNullOrEmpty(key)) return null;
        return key.Length is >= 24 and <= 512
            ? key
            : throw new InvalidOperationException("Setting 'Gateway:OperatorKey' must have 24 to 512 characters.");
    }

    private static List<string>? ReadHosts(IConfiguration configuration)
    {
        var section = configuration.GetSection("Gateway:AllowedHosts");
        var listed = section.Value?.Split(',') ?? [.. section.GetChildren().Select(c => c.Value ?? "")];
        var hosts = listed.Select(h => h.Trim()).Where(h => h.Length > 0).ToList();
        foreach (var host in hosts)
        {
            var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
            if (!Uri.TryCreate($"http://{name}/", UriKind.Absolute, out var uri) || uri.PathAndQuery != "/" || name.Contains('*', StringComparison.Ordinal) || uri.UserInfo.Length > 0)
                throw new InvalidOperationException("Setting 'Gateway:AllowedHosts' must list 'host', 'host:port' or '*.suffix', separated by commas.");
        }

        return hosts.Count == 0 ? null : hosts;
    }

    private static Uri? ReadUrl(IConfiguration configuration, string key)
    {
        var value = configuration[key];
        if (string.IsNullOrEmpty(value)) return null;
        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? uri
            : throw new InvalidOperationException($"Setting '{key}' must be an absolute http or https URL without a query.");
    }

    /// <summary>Settings hold a key, so they print as nothing.</summary>
    public override string ToString() => nameof(GatewayOptions);
}
