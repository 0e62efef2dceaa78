using System.Buffers.Text;

namespace Serverless.Functions.Dispatch;

/// <summary>Data inside of a URL (RFC 2397): <c>data:image/png;base64,...</c>.</summary>
internal static class DataUrl
{
    private const int MaxTypeChars = 128;

    /// <summary>An image of a kind that models see.</summary>
    /// <param name="mediaType">For example <c>image/png</c>.</param>
    /// <param name="base64">The data, as it stands.</param>
    public static bool TryParse(string url, out string mediaType, out string base64)
    {
        if (!TryParseAny(url, out mediaType, out base64)) return false;
        // A name of it that is none, and that clients send.
        if (mediaType == "image/jpg") mediaType = "image/jpeg";
        return mediaType is "image/png" or "image/jpeg" or "image/gif" or "image/webp";
    }

    /// <summary>Data of any type.</summary>
    /// <param name="mediaType">Without parameters, for example <c>application/pdf</c>.</param>
    /// <param name="base64">The data, as it stands.</param>
    public static bool TryParseAny(string url, out string mediaType, out string base64)
    {
        (mediaType, base64) = ("", "");
        const string Scheme = "data:";
        const string Mark = ";base64,";
        var mark = url.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || mark is < 0 or > MaxTypeChars) return false;
        mediaType = url[Scheme.Length..mark].Split(';')[0].Trim().ToLowerInvariant();
        base64 = url[(mark + Mark.Length)..];
        return mediaType.Length > 0 && Base64.IsValid(base64);
    }
}
