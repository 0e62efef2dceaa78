using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Puts a page's words in reading order: tables where lines share their columns, then columns of text by the gutter that most lines leave free,
/// then paragraphs by the distance between lines.
/// </summary>
/// <param name="bodySize">Points of the document's ordinary letters.</param>
/// <param name="before">The table that ended the page before; null where none did.</param>
internal sealed partial class PdfPageLayout(double bodySize, PdfTable? before, ExtractedTextBuilder builder, ReadingScope scope)
{
    private const int MaxColumnDepth = 3;
    private const double HeadingSize = 1.15;
    private const int MaxHeading = 200;
    private const double WidestLeading = 1.75;
    private const int FewestWide = 4;

    /// <returns>The table that ends the page; null where none does.</returns>
    public PdfTable? Add(List<PdfLine> lines) => AddRegion(lines, 0);

    private PdfTable? AddRegion(List<PdfLine> lines, int depth)
    {
        scope.Check();
        var text = new List<PdfLine>();
        PdfTable? last = null;
        for (var i = 0; i < lines.Count;)
        {
            var table = PdfTable.Find(lines, i);
            if (i == 0 && depth == 0) table = before?.GoesOn(lines, table) ?? table;
            if (table is null)
            {
                text.Add(lines[i++]);
                continue;
            }

            AddText(text, depth);
            text = [];
            builder.AddTable(table.Rows);
            i += table.Lines;
            last = table;
        }

        AddText(text, depth);
        return text.Count == 0 ? last : null;
    }

    private void AddText(List<PdfLine> lines, int depth)
    {
        if (lines.Count == 0) return;
        if (depth >= MaxColumnDepth || Gutter(lines) is not { } gutter)
        {
            AddParagraphs(lines);
            return;
        }

        // A line across the gutter, such as a title, ends the columns above it.
        var (left, right, across) = (new List<PdfWord>(), new List<PdfWord>(), new List<PdfLine>());
        foreach (var line in lines)
        {
            if (line.Words.Exists(word => word.Left < gutter && word.Right > gutter))
            {
                AddColumns();
                across.Add(line);
                continue;
            }

            AddParagraphs(across);
            across = [];
            foreach (var word in line.Words) (word.Left < gutter ? left : right).Add(word);
        }

        AddParagraphs(across);
        AddColumns();

        void AddColumns()
        {
            var (first, second) = VisualText.IsMostlyFromRight(left.Concat(right)) ? (right, left) : (left, right);
            if (first.Count > 0) AddRegion(PdfLine.Of(first), depth + 1);
            if (second.Count > 0) AddRegion(PdfLine.Of(second), depth + 1);
            (left, right) = ([], []);
        }
    }

    // Where in the middle fewest lines have a word, if few have, and many have words on both sides.
    private static double? Gutter(List<PdfLine> lines)
    {
        if (lines.Count < 4) return null;
        var (from, to) = (lines.Min(line => line.Left), lines.Max(line => line.Right));
        (double At, int Free) best = (0, 0);
        for (var at = from + ((to - from) * 0.2); at < from + ((to - from) * 0.8); at += 2)
        {
            var free = lines.Count(line => IsFree(line, at));
            if (free > best.Free) best = (at, free);
        }

        return best.Free >= Math.Max(3, lines.Count * 0.4) ? best.At : null;
    }

    private static bool IsFree(PdfLine line, double at)
    {
        for (var i = 1; i < line.Segments.Count; i++)
        {
            if (line.Segments[i - 1][^1].Right < at && line.Segments[i][0].Left > at) return true;
        }

        return false;
    }

    private void AddParagraphs(List<PdfLine> lines)
    {
        var paragraph = new StringBuilder();
        PdfLine? last = null, first = null;
        var right = lines.Count == 0 ? 0 : lines.Max(line => line.Right);
        var leading = Leading(lines, right);
        foreach (var line in lines)
        {
            if (last is not null && (Parts(last, line, right, leading) || IsNextItem(first!, last, line))) Flush();
            if (paragraph.Length == 0) first = line;
            var text = line.Text;
            if (paragraph.Length > 1 && paragraph[^1] is '-' or '\u00AD' && char.IsLetter(paragraph[^2]) && char.IsLower(text[0]))
            {
                // No syllable is one letter: "e-mail" has a hyphen of its own.
                if (paragraph[^1] != '-' || (paragraph.Length > 2 && char.IsLetter(paragraph[^3]))) paragraph.Length--;
            }
            else if (paragraph.Length > 0) paragraph.Append(' ');
            paragraph.Append(text);
            last = line;
        }

        Flush();

        void Flush()
        {
            if (paragraph.Length == 0) return;
            var size = last!.Size / bodySize;
            if (size >= HeadingSize && paragraph.Length <= MaxHeading) builder.AddHeading(size >= 1.7 ? 1 : size >= 1.35 ? 2 : 3, paragraph.ToString());
            else builder.AddBlock(paragraph.ToString());
            paragraph.Clear();
        }
    }

    // After an item, or what ends as a sentence does, a line that begins with a number begins one; amid a sentence it may be its own.
    private static bool IsNextItem(PdfLine first, PdfLine last, PdfLine line) =>
        line.Words.Count > 1 && ItemNumber().IsMatch(line.Words[0].Text) && (ItemNumber().IsMatch(first.Words[0].Text) || last.Words[^1].Text[^1] is '.' or '!' or '?' or ':' or ';');

    [GeneratedRegex(@"^\(?(?:[0-9]{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]$", RegexOptions.NonBacktracking)]
    private static partial Regex ItemNumber();

    // From a line to the next within a paragraph at the most, in sizes of its letters: of text that is set wide, more. Such text is told by lines that are full.
    private static double Leading(List<PdfLine> lines, double right)
    {
        if (lines.Count < FewestWide) return WidestLeading;
        var full = right - (0.15 * (right - lines.Min(line => line.Left)));
        if (lines.Count(line => line.Right >= full) < 0.6 * lines.Count) return WidestLeading;
        var distances = lines.Zip(lines.Skip(1)).Select(pair => (pair.First.Baseline - pair.Second.Baseline) / pair.Second.Size).Where(distance => distance is > 0.5 and < 3.5).Order().ToList();
        return distances.Count == 0 ? WidestLeading : Math.Max(WidestLeading, 1.2 * distances[distances.Count / 2]);
    }

    private static bool Parts(PdfLine last, PdfLine line, double right, double leading)
    {
        if (Math.Abs(last.Size - line.Size) > 0.1 * Math.Max(last.Size, line.Size)) return true;
        if (last.Baseline - line.Baseline > leading * line.Size) return true;
        if (line.Words[0].Text is ['•' or '‣' or '–' or '▪' or '●', ..]) return true;
        return last.Right < right - (0.25 * (right - line.Left)) && last.Words[^1].Text[^1] is '.' or '!' or '?' or ':';
    }
}
