using System.IO.Compression;

namespace Serverless.Functions.Providers;

/// <summary>
/// Bodies that come compressed though <c>identity</c> was asked for, as some proxies before providers send them. <see cref="SocketsHttpHandler.AutomaticDecompression"/> would ask for
/// compression, which holds tokens of a stream back.
/// </summary>
internal static class UnaskedCompression
{
    /// <summary>Puts what a body says in place of what it is compressed to; one in a coding that is not known stays as it is.</summary>
    public static async ValueTask UndoAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // Nearly always.
        if (response.Content.Headers.ContentEncoding is not { Count: > 0 } codings || !codings.All(IsKnown)) return;
        var packed = response.Content;
        var stream = await packed.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        // The last was applied last.
        foreach (var coding in codings.Reverse()) stream = Unpacked(stream, coding.ToUpperInvariant());
        var content = new StreamContent(stream);
        content.Headers.ContentType = packed.Headers.ContentType;
        response.Content = content;
    }

    private static bool IsKnown(string coding) => coding.ToUpperInvariant() is "GZIP" or "X-GZIP" or "BR" or "DEFLATE" or "IDENTITY";

    private static Stream Unpacked(Stream stream, string coding) => coding switch
    {
        "BR" => new BrotliStream(stream, CompressionMode.Decompress),
        "DEFLATE" => new ZLibStream(stream, CompressionMode.Decompress),
        "IDENTITY" => stream,
        _ => new GZipStream(stream, CompressionMode.Decompress),
    };
}
