using System.Globalization;
using System.Text;
using System.Xml;
using Serverless.Documents.Markdown;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Xml;

/// <summary>A manual's table while it is read: CALS's, which DocBook and DITA share, HTML's, TEI's, or DITA's simple ones.</summary>
internal sealed class ManualTable
{
    private const int MaxSpan = 512;

    private readonly SpannedRows _rows = new();
    private readonly StringBuilder _cell = new();
    private readonly List<string> _columns = [];
    private (int Columns, int Rows) _span;

    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows.Rows;

    public bool IsInCell { get; private set; }

    /// <summary>For a table within a cell.</summary>
    public string Flat => MarkdownTable.Flat(Rows);

    /// <param name="name">What the element is taken for.</param>
    public void Start(XmlReader xml, string name)
    {
        if (name == "tgroup") _columns.Clear();
        if (!ManualNames.Cells.Contains(name)) return;
        IsInCell = true;
        _cell.Clear();
        // A cell may leave some before it out.
        var first = _columns.IndexOf(xml.GetAttribute("namest") ?? xml.GetAttribute("colname") ?? string.Empty);
        while (_rows.Columns < first) _rows.Add(string.Empty, 1, 1);
        var last = _columns.IndexOf(xml.GetAttribute("nameend") ?? string.Empty);
        _span = (last > first && first >= 0 ? last - first + 1 : Whole(xml, "colspan") ?? Whole(xml, "cols") ?? 1, Whole(xml, "rowspan") ?? Whole(xml, "rows") ?? (Whole(xml, "morerows") + 1) ?? 1);
    }

    /// <summary>Notes the name of the next column.</summary>
    public void Describe(string? name)
    {
        if (_columns.Count < MaxSpan) _columns.Add(name ?? string.Empty);
    }

    public void Append(string text)
    {
        if (_cell.Length > 0) _cell.Append(' ');
        _cell.Append(text);
    }

    public void End(string name)
    {
        if (ManualNames.Cells.Contains(name))
        {
            _rows.Add(ExtractedTextBuilder.OneLine(_cell.ToString()), Math.Clamp(_span.Columns, 1, MaxSpan), Math.Max(1, _span.Rows));
            IsInCell = false;
        }
        else if (ManualNames.Rows.Contains(name) && _rows.IsBegun)
        {
            _rows.EndRow();
        }
        else if (name is "thead" or "tbody" or "tfoot")
        {
            _rows.EndGroup();
        }
    }

    private static int? Whole(XmlReader xml, string name) => int.TryParse(xml.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < ushort.MaxValue ? number : null;
}
