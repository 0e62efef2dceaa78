using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Compound;

namespace Serverless.Documents;

/// <summary>Formats by their first bytes, for files whose name and media type say nothing.</summary>
internal static partial class FormatSniffer
{
    private const int Head = 4096;

    private static readonly HashSet<string> Binary = new(StringComparer.Ordinal)
    {
        ".pdf", ".docx", ".docm", ".dotx", ".pptx", ".pptm", ".ppsx", ".xlsx", ".xlsm", ".xltx", ".xlsb", ".epub", ".odt", ".ott", ".odp", ".otp", ".ods", ".ots", ".png", ".jpg", ".jpeg", ".tif", ".tiff",
        ".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps",
    };

    private static readonly List<string[]> Kin =
    [
        [".docx", ".docm", ".dotx"], [".pptx", ".pptm", ".ppsx"], [".xlsx", ".xlsm", ".xltx"], [".xls", ".xlt"], [".doc", ".dot"], [".ppt", ".pps"], [".odt", ".ott", ".odp", ".otp", ".ods", ".ots"], [".png", ".jpg", ".jpeg", ".tif", ".tiff"],
    ];

    /// <summary>The ending that such a file would have; empty where nothing is known.</summary>
    public static string Extension(ReadOnlyMemory<byte> content) => CompoundFile.Is(content.Span) ? CompoundKind.Ending(content) : Extension(content.Span);

    private static string Extension(ReadOnlySpan<byte> content) => content switch
    {
        [0x25, 0x50, 0x44, 0x46, 0x2D, ..] => ".pdf",
        [0x50, 0x4B, 3, 4, ..] => Package(content),
        [0x1F, 0x8B, 8, ..] => ".gz",
        [0x89, 0x50, 0x4E, 0x47, ..] => ".png",
        [0xFF, 0xD8, 0xFF, ..] => ".jpg",
        [0x49, 0x49, 0x2A, 0, ..] or [0x4D, 0x4D, 0, 0x2A, ..] => ".tif",
        [0x7B, 0x5C, 0x72, 0x74, 0x66, ..] => ".rtf",
        _ => content.StartsWith("WEBVTT"u8) ? ".vtt" : IsHtml(content) ? ".html" : IsMail(content) ? ".eml" : string.Empty,
    };

    /// <summary>Whether bytes that begin so are of no file with that ending: binary formats and pages begin as nothing else does.</summary>
    /// <param name="told">What the bytes say; empty for nothing.</param>
    public static bool Contradicts(string told, string ending)
    {
        if (told.Length == 0 || told is ".zip" or ".gz" or ".vtt" or ".eml") return false;
        // Of these each begins in a way of its own; a scan's JPEG may be called TIFF.
        if (Binary.Contains(ending)) return !Kin.Exists(kin => kin.Contains(told) && kin.Contains(ending));
        return Binary.Contains(told) && ending is not (".zip" or ".log");
    }

    /// <summary>Whether its beginning holds no control characters.</summary>
    public static bool LooksLikeText(ReadOnlySpan<byte> content)
    {
        if (content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return true;
        foreach (var value in content[..Math.Min(content.Length, Head)])
        {
            if (value < 0x20 && value is not (0x09 or 0x0A or 0x0C or 0x0D or 0x1B)) return false;
        }

        return !content.IsEmpty;
    }

    /// <summary>Whether it begins with a tag of HTML that is not a page's first.</summary>
    public static bool LooksLikeMarkup(ReadOnlySpan<byte> content) => Tag().IsMatch(Encoding.Latin1.GetString(content[..Math.Min(content.Length, Head)]));

    /// <summary>Whether it begins as XML does.</summary>
    public static bool LooksLikeXml(ReadOnlySpan<byte> content) => (content is [0xEF, 0xBB, 0xBF, ..] ? content[3..] : content).StartsWith("<?xml"u8);

    [GeneratedRegex(@"^(?:\xEF\xBB\xBF)?\s*<(?:!--|/?(?:head|meta|body|style|table|div|p|h[1-6]|center|font|b)[\s>/])", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Tag();

    // Names of parts stand uncompressed in a package.
    private static string Package(ReadOnlySpan<byte> content)
    {
        // What stands first in a package of this kind is its type.
        var type = content[..Math.Min(content.Length, 256)];
        if (type.IndexOf("application/epub+zip"u8) >= 0 || type.IndexOf("application/x-ibooks+zip"u8) >= 0) return ".epub";
        if (type.IndexOf("application/vnd.oasis.opendocument."u8) >= 0) return ".odt";
        if (content.IndexOf("word/document.xml"u8) >= 0) return ".docx";
        if (content.IndexOf("ppt/presentation.xml"u8) >= 0) return ".pptx";
        if (content.IndexOf("xl/workbook.bin"u8) >= 0) return ".xlsb";
        if (content.IndexOf("xl/workbook.xml"u8) >= 0) return ".xlsx";
        return IsOtherPackage(content, type) ? string.Empty : ".zip";
    }

    // Documents of other programs (Visio, XPS, iWork, StarOffice, InDesign) are packages too: their parts are for those programs, and as files of an archive they would come as XML. Not so where a
    // document's pages come along as a PDF, nor in what holds documents with their signatures (ETSI EN 319 162).
    private static bool IsOtherPackage(ReadOnlySpan<byte> content, ReadOnlySpan<byte> type)
    {
        if (content.IndexOf("QuickLook/Preview.pdf"u8) >= 0 || type.IndexOf("application/vnd.etsi.asic-"u8) >= 0) return false;
        return content.IndexOf("[Content_Types].xml"u8) >= 0 || content.IndexOf("uildVersionHistory.plist"u8) >= 0 || content.IndexOf("META-INF/manifest.xml"u8) >= 0 || type.IndexOf("mimetypeapplication/"u8) >= 0;
    }

    // Header lines from the first on, one of them MIME's own (RFC 2045, section 4).
    private static bool IsMail(ReadOnlySpan<byte> content)
    {
        var head = Encoding.Latin1.GetString(content[..Math.Min(content.Length, 4 * Head)]).ReplaceLineEndings("\n");
        var end = head.IndexOf("\n\n", StringComparison.Ordinal);
        return end > 0 && $"\n{head[..end]}".Contains("\nmime-version:", StringComparison.OrdinalIgnoreCase) && head[..end].Split('\n').All(line => line.StartsWith(' ') || line.StartsWith('\t') || HeaderName().IsMatch(line));
    }

    [GeneratedRegex(@"^[!-9;-~]+:", RegexOptions.NonBacktracking)]
    private static partial Regex HeaderName();

    private static bool IsHtml(ReadOnlySpan<byte> content)
    {
        var head = Encoding.Latin1.GetString(content[..Math.Min(content.Length, Head)]).TrimStart();
        return head.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || head.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }
}
