namespace Serverless.Functions.Dispatch;

/// <summary>An image inside of a URL (RFC 2397): <c>data:image/png;base64,...</c>.</summary>
internal static class DataUrl
{
    /// <param name="mediaType">For example <c>image/png</c>.</param>
    /// <param name="base64">The data, as it stands.</param>
    public static bool TryParse(string url, out string mediaType, out string base64)
    {
        (mediaType, base64) = ("", "");
        const string Scheme = "data:";
        const string Mark = ";base64,";
        var mark = url.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || mark is < 0 or > 64) return false;
        mediaType = url[Scheme.Length..mark].ToLowerInvariant();
        base64 = url[(mark + Mark.Length)..];
        // A name of it that is none, and that clients send.
        if (mediaType == "image/jpg") mediaType = "image/jpeg";
        return mediaType is "image/png" or "image/jpeg" or "image/gif" or "image/webp" && System.Buffers.Text.Base64.IsValid(base64);
    }
}
