using System.Text;
using System.Xml;

namespace Serverless.Documents.Office;

/// <summary>What an author wrote of a picture for who cannot see it.</summary>
internal static class PictureText
{
    // Office's own guesses say so in their last line, in the language of the program; this is how English has it.
    private static readonly string[] Guesses = ["Description automatically generated", "AI-generated content may be incorrect."];

    /// <summary>Of the properties that the reader stands on; null where there is none, or a program wrote it.</summary>
    public static string? Of(XmlReader xml)
    {
        if (xml.GetAttribute("descr") is not { } text || string.IsNullOrWhiteSpace(text)) return null;
        if (Array.Exists(Guesses, guess => text.Contains(guess, StringComparison.OrdinalIgnoreCase)) || LooksLikeFile(text)) return null;
        return ExtractedTextBuilder.OneLine(OfficeEscapes.Unescape(text));
    }

    /// <summary>Whether nobody sees the shape or picture whose properties the reader stands on.</summary>
    public static bool IsHidden(XmlReader xml) => xml.GetAttribute("hidden") is "1" or "true";

    /// <summary>What is said of a picture, apart from the words around it.</summary>
    /// <param name="before">What stands before it; null for nothing.</param>
    public static string Apart(StringBuilder? before, string picture) => (before is [.., var last] && !char.IsWhiteSpace(last) ? " " : "") + picture + " ";

    // What older programs wrote there: the picture's own path.
    private static bool LooksLikeFile(string text) =>
        Path.GetExtension(text.TrimEnd()).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".gif" or ".bmp" or ".emf" or ".wmf" or ".svg" or ".tif" or ".tiff" || text.StartsWith("http", StringComparison.OrdinalIgnoreCase);
}
