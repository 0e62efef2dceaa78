using System.Text;

namespace Serverless.Documents.Signs;

/// <summary>Text that is struck through, which its author shows as no longer so: between <c>~~</c>, as GitHub's Markdown has it, so that nobody takes it for what holds.</summary>
internal static class StruckText
{
    private const string Mark = "~~";

    /// <summary>A text all of which is struck through.</summary>
    public static string Struck(string text) => Mark + text + Mark;

    /// <summary>Marks the end of a line, without the blanks about it; nothing where there is no text.</summary>
    /// <param name="start">Where what is struck begins.</param>
    /// <param name="before">Where what was struck before it ended: where nothing stands between, it goes on.</param>
    /// <returns>Where what is struck ends now.</returns>
    public static int Strike(StringBuilder line, int start, int before = 0)
    {
        var (first, end) = (Math.Max(0, start), line.Length);
        while (first < end && char.IsWhiteSpace(line[first])) first++;
        while (end > first && char.IsWhiteSpace(line[end - 1])) end--;
        if (first == end) return before;
        line.Insert(end, Mark);
        if (before == start && before > Mark.Length) line.Remove(before - Mark.Length, Mark.Length);
        else line.Insert(first, Mark);
        return before == start && before > Mark.Length ? end : end + (2 * Mark.Length);
    }
}
