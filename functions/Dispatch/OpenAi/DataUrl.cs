using System.Buffers.Text;

namespace Serverless.Functions.Dispatch;

/// <summary>Data inside of a URL (RFC 2397): <c>data:image/png;base64,...</c>.</summary>
internal static class DataUrl
{
    private const int MaxTypeChars = 128;

    // Twelve bytes, of which the longest mark is.
    private const int HeadChars = 16;

    /// <summary>An image of a kind that models see.</summary>
    /// <param name="mediaType">For example <c>image/png</c>: as the first bytes say, because Anthropic and Bedrock refuse data of another kind than is named; as the URL says where they say nothing.</param>
    /// <param name="base64">The data, as it stands.</param>
    public static bool TryParse(string url, out string mediaType, out string base64) => TryParse(url, out _, out mediaType, out base64);

    /// <summary>The URL of an image of such a kind under the kind that it has.</summary>
    /// <returns>Null for any other.</returns>
    public static string? Image(string url)
    {
        if (!TryParse(url, out var said, out var type, out var data)) return null;
        return said == type ? url : $"data:{type};base64,{data}";
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

    private static bool TryParse(string url, out string said, out string mediaType, out string base64)
    {
        mediaType = "";
        if (!TryParseAny(url, out said, out base64)) return false;
        mediaType = Kind(base64) ?? said;
        // A name of it that is none, and that clients send.
        if (mediaType == "image/jpg") mediaType = "image/jpeg";
        return mediaType is "image/png" or "image/jpeg" or "image/gif" or "image/webp";
    }

    /// <summary>What the first bytes of data say that it is; null where they are no such image's.</summary>
    private static string? Kind(string base64)
    {
        Span<char> start = stackalloc char[HeadChars];
        var length = 0;
        for (var i = 0; i < base64.Length && length < HeadChars; i++)
        {
            if (!char.IsWhiteSpace(base64[i])) start[length++] = base64[i];
        }

        Span<byte> head = stackalloc byte[HeadChars / 4 * 3];
        if (!Convert.TryFromBase64Chars(start[..length], head, out var count)) return null;
        return head[..count] switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
            _ => null,
        };
    }
}
