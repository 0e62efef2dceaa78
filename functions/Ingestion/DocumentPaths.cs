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

    // The server decodes a path but for %2F, so a decoded path cannot tell '/' from a literal "%2F"; what was sent can.
    private static string PathOf(HttpRequest request)
    {
        var sent = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(sent) || sent[0] != '/') return After(request.Path.Value ?? string.Empty);
        var end = sent.AsSpan().IndexOfAny('?', '#');
        return Uri.UnescapeDataString(After(end < 0 ? sent : sent[..end]));
    }

    private static string After(string path)
    {
        var at = path.IndexOf(Marker, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? string.Empty : path[(at + Marker.Length)..];
    }
}
