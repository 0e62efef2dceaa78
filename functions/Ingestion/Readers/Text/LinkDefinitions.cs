using System.Text;

namespace Serverless.Functions.Ingestion.Readers.Text;

/// <summary>
/// Parts Markdown's link definitions (<c>[name]: target</c>) that follow one another by the hundred: to a parser they are one paragraph, of which each is cut off with a copy of all that follow. An
/// empty line between two changes nothing that they mean.
/// </summary>
internal static class LinkDefinitions
{
    /// <summary>Lines that may follow one another.</summary>
    internal const int Together = 256;

    /// <returns>The text with an empty line after every <see cref="Together"/>th of a row of definitions; itself where there is no such row.</returns>
    public static string Part(string markdown)
    {
        if (!markdown.Contains("]:", StringComparison.Ordinal)) return markdown;
        StringBuilder? parted = null;
        var (row, copied) = (0, 0);
        for (int at = 0, next; at < markdown.Length; at = next)
        {
            next = markdown.IndexOf('\n', at) is >= 0 and var end ? end + 1 : markdown.Length;
            row = IsDefinition(markdown.AsSpan(at, next - at)) ? row + 1 : 0;
            if (row <= Together) continue;
            (parted ??= new StringBuilder(markdown.Length + 1024)).Append(markdown, copied, at - copied).Append('\n');
            (row, copied) = (1, at);
        }

        return parted is null ? markdown : parted.Append(markdown, copied, markdown.Length - copied).ToString();
    }

    private static bool IsDefinition(ReadOnlySpan<char> line)
    {
        var text = line.TrimStart(' ');
        return line.Length - text.Length <= 3 && text.StartsWith('[') && text.Contains("]:", StringComparison.Ordinal);
    }
}
