using System.Text;

namespace Serverless.Documents.Pdf;

/// <summary>Words of one height, from left to right.</summary>
internal sealed class PdfLine
{
    // Wider than justified text ever spaces its words, narrower than what parts columns and cells.
    private const double Gap = 1.2;

    public PdfLine(List<PdfWord> words)
    {
        words.Sort((a, b) => a.Left.CompareTo(b.Left));
        Words = words;
        Size = words.MaxBy(word => word.Text.Length).Size;
        Baseline = words[0].Baseline;
        var segment = new List<PdfWord> { words[0] };
        Segments = [segment];
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i].Left - words[i - 1].Right > Gap * words[i].Size) Segments.Add(segment = []);
            segment.Add(words[i]);
        }
    }

    public List<PdfWord> Words { get; }

    /// <summary>Stretches between wide gaps.</summary>
    public List<List<PdfWord>> Segments { get; }

    public double Size { get; }

    public double Baseline { get; }

    public double Left => Words[0].Left;

    public double Right => Words[^1].Right;

    public string Text => Join(Words);

    /// <summary>Words in the order in which they are read, parted by spaces.</summary>
    /// <param name="visual">As they stand from left to right.</param>
    public static string Join(List<PdfWord> visual)
    {
        var words = VisualText.Logical(visual);
        var text = new StringBuilder();
        for (var i = 0; i < words.Count; i++)
        {
            if (i > 0 && words[i].RaisedAfter(words[i - 1]) is { } raised) text.Append(raised);
            else text.Append(i > 0 && !words[i].Follows(words[i - 1]) ? " " : "").Append(words[i].Text);
        }

        return text.ToString();
    }

    /// <summary>Lines from the top down.</summary>
    public static List<PdfLine> Of(List<PdfWord> words)
    {
        var lines = new List<PdfLine>();
        var line = new List<PdfWord>();
        // What the line's height is told by: not by its superscripts, as long as it has something else.
        var sure = default(PdfWord);
        foreach (var word in words.OrderByDescending(word => word.Baseline))
        {
            // Superscripts stand less than half a letter higher.
            if (line.Count > 0 && sure.Baseline - word.Baseline > 0.5 * (sure.CanBeRaised ? word.Size : Math.Min(word.Size, sure.Size)))
            {
                lines.Add(new PdfLine(line));
                line = [];
            }

            if (line.Count == 0 || (sure.CanBeRaised && !word.CanBeRaised)) sure = word;
            line.Add(word);
        }

        if (line.Count > 0) lines.Add(new PdfLine(line));
        return lines;
    }
}
