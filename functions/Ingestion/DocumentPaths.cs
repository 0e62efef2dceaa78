using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion;

/// <summary>Which document a URL names.</summary>
internal static class DocumentPaths
{
    private const string Marker = "/documents/";

    /// <exception cref="GatewayException">400 when no blob can have such a path.</exception>
    public static DocumentName Document(this HttpRequest request) => Require(new DocumentName(request.Placeholder("collection"), PathOf(request)));

    /// <exception cref="GatewayException">400 when no blob can have such a path.</exception>
    public static DocumentName Require(DocumentName document) => document.WhyNotStorable() is { } reason
        ? throw GatewayException.Invalid("path", $"'path' cannot name a document: {reason}.")
        : document;

    // A server decodes a path but for %2F, and some of what forwards it encodes what it has decoded: a slash sent as %2F and a name that holds the text "%2F"
    // (sent as %252F) then arrive alike, as %252F. So %2F is refused where it arrives as such; %252F is the name that holds that text.
    private static string PathOf(HttpRequest request)
    {
        var sent = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(sent) || sent[0] != '/') return Unambiguous(After(request.Path.Value ?? string.Empty));
        var end = sent.AsSpan().IndexOfAny('?', '#');
        return Uri.UnescapeDataString(Unambiguous(After(end < 0 ? sent : sent[..end])));
    }

    private static string Unambiguous(string path) => path.Contains("%2F", StringComparison.OrdinalIgnoreCase)
        ? throw GatewayException.Invalid("path", "'path' must not hold %2F, which cannot be told from %252F behind a proxy: send a slash as '/', and the text '%2F' as '%252F' where nothing on the way rewrites it.")
        : path;

    private static string After(string path)
    {
        var at = path.IndexOf(Marker, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? string.Empty : path[(at + Marker.Length)..];
    }
}
