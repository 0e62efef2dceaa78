using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Serverless.Functions.Batches.Files;

/// <summary>The part of a file that is asked for: one range of bytes (RFC 9110, 14), as downloads that broke off go on with. Files never change, so that one with the same name is the same.</summary>
/// <param name="Length">0: nothing of the file is in the range.</param>
internal readonly record struct FileRange(long From, long Length)
{
    /// <returns>Null for all of the file: where no range is asked for, several are, or one of another file.</returns>
    public static FileRange? Of(HttpRequest request, long bytes, string etag)
    {
        if (!HttpMethods.IsGet(request.Method)) return null;
        var headers = request.GetTypedHeaders();
        if (headers.Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges }) return null;
        if (request.Headers.IfRange.Count > 0 && !(headers.IfRange?.EntityTag is { IsWeak: false } same && same.Tag.Value == etag)) return null;
        return Of(ranges.Single(), bytes);
    }

    private static FileRange Of(RangeItemHeaderValue range, long bytes)
    {
        // "-500": the last so many.
        var from = range.From ?? Math.Max(0, bytes - range.To!.Value);
        var to = range.From is null ? bytes - 1 : Math.Min(bytes - 1, range.To ?? long.MaxValue);
        return new FileRange(from, Math.Max(0, to - from + 1));
    }
}
