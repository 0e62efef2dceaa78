namespace Serverless.Documents.Pdf;

/// <summary>The lines of a page, and those in which heads and feet stand.</summary>
/// <param name="Top">From the uppermost down.</param>
/// <param name="Bottom">From the lowest up.</param>
internal sealed record PdfMargins(List<PdfLine> Lines, List<PdfLine> Top, List<PdfLine> Bottom)
{
    /// <summary>Whether a line is a row of a table.</summary>
    public bool IsInTable(PdfLine line)
    {
        if (line.Segments.Count < 2) return false;
        var at = Lines.IndexOf(line);
        for (var i = 0; i <= at;)
        {
            var rows = PdfTable.Find(Lines, i)?.Lines ?? 1;
            if (rows > 1 && at < i + rows) return true;
            i += rows;
        }

        return false;
    }

    public override string ToString() => $"[{Lines.Count} lines]";
}
