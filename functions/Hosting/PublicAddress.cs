using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Hosting;

/// <summary>Where the app is for who asks it: the setting <c>Gateway:PublicUrl</c>, or the host that the request names.</summary>
public sealed class PublicAddress
{
    private readonly Uri? _configured;

    private PublicAddress(Uri? configured) => _configured = configured;

    /// <exception cref="InvalidOperationException">The setting is no URL of a host; the message names it and what is permitted.</exception>
    public static PublicAddress From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration["Gateway:PublicUrl"];
        if (string.IsNullOrEmpty(text)) return new PublicAddress(null);
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
            ? new PublicAddress(uri)
            : throw new InvalidOperationException("Setting 'Gateway:PublicUrl' must be an http or https URL of a host, without path and query: 'https://gateway.example.com'.");
    }

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_configured is not null) return _configured.GetLeftPart(UriPartial.Authority);
        // Azure's front end speaks TLS to the caller and HTTP to the app.
        var scheme = string.Equals(request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase) ? "https" : request.Scheme;
        return $"{scheme}://{request.Host.ToUriComponent()}";
    }

    /// <summary>Whether a page of this origin is the app's own, whatever its scheme: what stands before the app may speak another one.</summary>
    public bool IsOwn(Uri origin, HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(origin);
        // A Host that makes no URL is nobody's.
        return Uri.TryCreate(Of(request), UriKind.Absolute, out var own) && string.Equals(own.Host, origin.Host, StringComparison.OrdinalIgnoreCase) && (own.Port == origin.Port || (own.IsDefaultPort && origin.IsDefaultPort));
    }
}
