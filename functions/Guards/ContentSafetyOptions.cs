using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Guards;

/// <summary>The Azure AI Content Safety resource that guards ask, where a route has such rules.</summary>
/// <param name="Endpoint"><c>ContentSafety:Endpoint</c>, https; null for none. The app's identity needs the role Cognitive Services User on it.</param>
public sealed record ContentSafetyOptions(Uri? Endpoint)
{
    /// <exception cref="InvalidOperationException">The setting is no https address.</exception>
    public static ContentSafetyOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration["ContentSafety:Endpoint"];
        if (string.IsNullOrEmpty(text)) return new ContentSafetyOptions((Uri?)null);
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.Query.Length == 0
            ? new ContentSafetyOptions(uri)
            : throw new InvalidOperationException("Setting 'ContentSafety:Endpoint' must be an absolute https URL without a query.");
    }
}
