namespace Serverless.Documents.Office;

/// <summary>Fills in what cells that span rows say, for rows in ascending order.</summary>
internal sealed class RowSpans(IEnumerable<RowSpan> spans)
{
    private readonly RowSpan[] _spans = [.. spans.OrderBy(span => span.First)];
    private readonly List<(RowSpan Span, string Text)> _open = [];
    private int _next;

    /// <param name="number">The row's, from 1.</param>
    /// <param name="cells">By the columns that the spans name.</param>
    public void Fill(int number, string[] cells)
    {
        _open.RemoveAll(open => open.Span.Last < number);
        foreach (var (span, text) in _open)
        {
            if (cells[span.Column].Length == 0) cells[span.Column] = text;
        }

        for (; _next < _spans.Length && _spans[_next].First <= number; _next++)
        {
            var span = _spans[_next];
            // A first row that is hidden or empty says nothing; cells do not overlap.
            if (span.First == number && cells[span.Column].Length > 0 && !_open.Exists(open => open.Span.Column == span.Column)) _open.Add((span, cells[span.Column]));
        }
    }
}
