using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Heads and feet that run through pages: what stands at the same place, in letters of the same size and with the same words, at the top or the bottom of three pages in a row, or of three left or right ones.
/// The first of them stays, since nothing else may say it; numbers of pages all go, and rows of tables, whose heads are repeated for who reads on, all stay.
/// </summary>
/// <param name="pages">Of the whole document: no page's number is much higher.</param>
internal sealed partial class PdfRunningText(int pages)
{
    /// <summary>Pages that are looked at on each side of one.</summary>
    public const int Reach = 4;

    // Lines that a head or a foot may have.
    private const int MostLines = 3;

    // Left, middle, right, and some: more are a table's.
    private const int MostSegments = 8;

    // What a document begins to count with may be another's end.
    private const int MostNumbersMore = 50;

    private const double SamePlace = 2.5;

    private readonly Dictionary<int, PdfMargins> _margins = [];

    /// <summary>Looks at a page; those far before it are forgotten.</summary>
    public void Look(int page, List<PdfLine> lines)
    {
        _margins[page] = new PdfMargins(lines, lines.Take(MostLines).ToList(), Enumerable.Reverse(lines).Take(MostLines).ToList());
        _margins.Remove(page - (2 * Reach) - 1);
    }

    /// <summary>The lines of a page that has been looked at, as the pages around it have, without heads and feet.</summary>
    public List<PdfLine> Without(int page, List<PdfLine> all)
    {
        if (!_margins.TryGetValue(page, out var margins)) return all;
        var running = new HashSet<PdfWord>();
        foreach (var (lines, isTop) in (ReadOnlySpan<(List<PdfLine>, bool)>)[(margins.Top, true), (margins.Bottom, false)])
        {
            foreach (var line in lines)
            {
                if (line.Segments.Count > MostSegments) break;
                var repeated = line.Segments.Where(segment => Runs(page, line, segment, isTop)).ToList();
                if (repeated.Count == 0 || margins.IsInTable(line)) break;
                running.UnionWith(repeated.Where(segment => !IsFirst(page, line, segment, isTop) || IsNumber(PdfLine.Join(segment))).SelectMany(segment => segment));
                if (repeated.Count < line.Segments.Count) break;
            }
        }

        if (running.Count == 0) return all;
        return [.. all.Select(line => line.Words.Exists(running.Contains) ? line.Words.FindAll(word => !running.Contains(word)) : line.Words).Where(words => words.Count > 0).Select(words => new PdfLine(words))];
    }

    private bool Runs(int page, PdfLine line, List<PdfWord> segment, bool isTop)
    {
        var (last, next) = (IsOn(page - 1), IsOn(page + 1));
        if ((last && (next || IsOn(page - 2))) || (next && IsOn(page + 2))) return true;
        return (IsOn(page - 2) && (IsOn(page + 2) || IsOn(page - 4))) || (IsOn(page + 2) && IsOn(page + 4));

        bool IsOn(int other) => IsRepeated(page, other, line, segment, isTop);
    }

    private bool IsFirst(int page, PdfLine line, List<PdfWord> segment, bool isTop) =>
        !IsRepeated(page, page - 1, line, segment, isTop) && !IsRepeated(page, page - 2, line, segment, isTop);

    private bool IsRepeated(int page, int other, PdfLine line, List<PdfWord> segment, bool isTop)
    {
        if (!_margins.TryGetValue(other, out var margins)) return false;
        var text = PdfLine.Join(segment);
        foreach (var there in isTop ? margins.Top : margins.Bottom)
        {
            if (there.Segments.Count > MostSegments || Math.Abs(there.Baseline - line.Baseline) > SamePlace || Math.Abs(there.Size - line.Size) > 0.1 * line.Size) continue;
            if (there.Segments.Exists(candidate => StandsAt(candidate, segment) && IsSame(PdfLine.Join(candidate), other, text, page))) return true;
        }

        return false;
    }

    // At its left, in its middle or at its right: a number grows by a figure.
    private static bool StandsAt(List<PdfWord> one, List<PdfWord> other)
    {
        var (left, right) = (one[0].Left - other[0].Left, one[^1].Right - other[^1].Right);
        return Math.Abs(left) <= SamePlace || Math.Abs(right) <= SamePlace || Math.Abs(left + right) <= 2 * SamePlace;
    }

    // Word for word, but for numbers that count the pages.
    private bool IsSame(string one, int onePage, string other, int otherPage)
    {
        if (one == other) return true;
        var (ones, others) = (Number().Matches(one), Number().Matches(other));
        if (ones.Count == 0 || ones.Count != others.Count || Number().Replace(one, "0") != Number().Replace(other, "0")) return false;
        return ones.Zip(others).All(pair => pair.First.Value == pair.Second.Value
            || (Count(pair.First.Value) is { } first && Count(pair.Second.Value) is { } second && first - onePage == second - otherPage));
    }

    private int? Count(string number) => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= pages + MostNumbersMore ? count : null;

    private bool IsNumber(string text) => PageNumber().Match(text) is { Success: true } match && Count(match.Groups[1].Value) is not null;

    [GeneratedRegex(@"\d{1,9}", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    // "3", "- 3 -", "Page 3 of 10", "Seite 3 von 10", "3/10", 第 3 页.
    [GeneratedRegex(@"^\W*(?:(?:page|seite|pagina|página|pág|strona|str|стр|p|s)\W*|第\s*)?(\d{1,9})(?:\s*(?:/|\||of|von|de|di|van|sur|z|из)\s*\d{1,9})?\s*[页頁]?\W*$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex PageNumber();
}
