using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Hosting;

/// <summary>Which web pages may call from a browser: the setting <c>Gateway:CorsOrigins</c>, exact origins separated by commas, or <c>*</c> for all of them without credentials.</summary>
public sealed record CrossOrigin
{
    private CrossOrigin(IReadOnlySet<string> origins, bool isForAll) => (Origins, IsForAll) = (origins, isForAll);

    public IReadOnlySet<string> Origins { get; }

    /// <summary>All origins; a browser then sends no cookies and the like, and the key goes in a header as ever.</summary>
    public bool IsForAll { get; }

    /// <summary>Whether any page may.</summary>
    public bool IsOn => IsForAll || Origins.Count > 0;

    public bool Permits(string origin) => IsForAll || Origins.Contains(origin);

    /// <exception cref="InvalidOperationException">An entry is no origin; the message names the setting and what is permitted.</exception>
    public static CrossOrigin From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = configuration.GetSection("Gateway:CorsOrigins");
        var listed = section.Value?.Split(',') ?? [.. section.GetChildren().Select(c => c.Value ?? "")];
        var origins = listed.Select(o => o.Trim()).Where(o => o.Length > 0).ToHashSet(StringComparer.Ordinal);
        if (origins.Remove("*")) return origins.Count == 0 ? new CrossOrigin(origins, isForAll: true) : throw Wrong();
        return origins.All(IsOrigin) ? new CrossOrigin(origins, isForAll: false) : throw Wrong();
    }

    /// <summary>As a browser writes one: scheme, host and port, in lower case, nothing behind.</summary>
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && !text.Contains('*', StringComparison.Ordinal) && uri.GetLeftPart(UriPartial.Authority) == text;

    private static InvalidOperationException Wrong() =>
        new("Setting 'Gateway:CorsOrigins' must be '*' alone, or origins as 'https://app.example' or 'http://localhost:5173', separated by commas.");
}
