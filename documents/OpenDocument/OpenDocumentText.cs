using System.Text;
using System.Xml;
using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.OpenDocument;

/// <summary>Streams the body of an OpenDocument file (ISO/IEC 26300-1): paragraphs, headings, lists, tables, notes, slides, sheets.</summary>
internal sealed class OpenDocumentText(OpenDocumentStyles styles, ExtractedTextBuilder builder, ExtractedTextBuilder notes, ReadingScope scope) : IDisposable
{
    // What was deleted, comments, readings of characters, what leads to other places, and what is no text.
    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        "tracked-changes", "table-of-content", "annotation", "note-citation", "ruby-text", "forms", "scripts", "sequence-decls", "variable-decls", "user-field-decls", "dde-connection-decls", "content-validations",
        "calculation-settings", "object", "object-ole", "binary-data", "named-expressions", "database-ranges", "event-listeners", "hidden-text", "settings",
        "date-time-decl", "footer-decl", "header-decl",
    };

    // Of slides: what all of them have.
    private static readonly HashSet<string> Running = new(StringComparer.Ordinal) { "header", "footer", "date-time", "page-number", "page" };

    private readonly OpenDocumentLists _lists = new(styles);
    private readonly Stack<Paragraph> _paragraphs = new();
    private readonly Stack<OpenDocumentTable> _tables = new();
    private readonly Stack<Span> _spans = new();
    private readonly Stack<int> _repeated = new();
    private readonly StringBuilder _slideTitle = new();
    private int _slides;
    private int _notes;
    private bool _inTitle;
    private bool _inSheets;
    private bool _wasItem;
    private long _characters;

    /// <summary>Reads from the body's start tag to its end.</summary>
    public void Read(XmlReader xml)
    {
        if (xml.IsEmptyElement) return;
        var depth = xml.Depth;
        xml.Read();
        while (!xml.EOF && xml.Depth > depth)
        {
            scope.Check();
            switch (xml.NodeType)
            {
                case XmlNodeType.Element when xml is { LocalName: "desc", IsEmptyElement: false } && xml.NamespaceURI.Contains("svg", StringComparison.Ordinal):
                    AddPicture(xml);
                    break;
                case XmlNodeType.Element when IsSkipped(xml):
                    xml.Skip();
                    continue;
                case XmlNodeType.Element:
                    var isEmpty = xml.IsEmptyElement;
                    Start(xml);
                    if (isEmpty) End(xml.LocalName);
                    break;
                case XmlNodeType.EndElement:
                    End(xml.LocalName);
                    break;
                case XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA:
                    AppendText(xml);
                    break;
            }

            xml.Read();
        }
    }

    public void Dispose()
    {
        while (_tables.TryPop(out var table)) table.Dispose();
    }

    private bool IsSkipped(XmlReader xml) => xml.LocalName switch
    {
        "section" => OpenDocumentStyles.Attribute(xml, "display") == "none",
        "frame" => OpenDocumentStyles.Attribute(xml, "class") is { } name && Running.Contains(name),
        "page" => styles.Hides("drawing-page", OpenDocumentStyles.Attribute(xml, "style-name")) && ++_slides > 0,
        "table" => _inSheets && _tables.Count == 0 && styles.Hides("table", OpenDocumentStyles.Attribute(xml, "style-name")),
        // Of pictures, mostly their numbers; a text's own title may stand in it as a field.
        "title" or "desc" => xml.NamespaceURI.Contains("svg", StringComparison.Ordinal),
        _ => Skipped.Contains(xml.LocalName),
    };

    // What an author wrote of a picture for who cannot see it.
    private void AddPicture(XmlReader xml)
    {
        var (text, depth) = (new StringBuilder(), xml.Depth);
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace) OfficePackage.AppendText(xml, text, scope);
        }

        var picture = ExtractedTextBuilder.OneLine(text.ToString());
        if (picture.Length == 0) return;
        if (_paragraphs.Count == 0) Target.AddBlock(picture);
        else Append(PictureText.Apart(Visible, picture));
    }

    private void Start(XmlReader xml)
    {
        switch (xml.LocalName)
        {
            case "spreadsheet":
                _inSheets = true;
                break;
            case "page":
                scope.CheckPages(++_slides, "slides");
                builder.StartPage(_slides);
                // A slide without a title stands under no other's.
                builder.AddHeading(1, string.Empty);
                break;
            case "frame":
                _inTitle = OpenDocumentStyles.Attribute(xml, "class") == "title";
                break;
            case "h" or "p":
                StartParagraph(xml);
                break;
            case "span" or "a":
                StartSpan(OpenDocumentStyles.Attribute(xml, "style-name"));
                break;
            case "hidden-paragraph" when _paragraphs.Count > 0 && OpenDocumentStyles.Attribute(xml, "is-hidden") == "true":
                _paragraphs.Peek().IsHidden = true;
                break;
            case "s":
                Append(new string(' ', Math.Clamp(OpenDocumentStyles.Whole(xml, "c") ?? 1, 1, 1000)));
                break;
            case "tab":
                Append(" ");
                break;
            case "line-break":
                Append("\n");
                break;
            case "note":
                _notes++;
                break;
            case "list":
                _lists.StartList(xml);
                break;
            case "list-item":
                _lists.StartItem(xml);
                break;
            case "table":
                if (_inSheets && _tables.Count == 0) builder.AddHeading(1, OpenDocumentStyles.Attribute(xml, "name") ?? string.Empty);
                _tables.Push(new OpenDocumentTable(scope));
                break;
            case "table-column" when _tables.Count > 0:
                _tables.Peek().DescribeColumn(xml);
                break;
            case "table-row" when _tables.Count > 0:
                _tables.Peek().StartRow(xml);
                break;
            case "table-cell" or "covered-table-cell" when _tables.Count > 0:
                _tables.Peek().StartCell(xml, styles.IsStruck("table-cell", OpenDocumentStyles.Attribute(xml, "style-name")));
                _repeated.Push(Math.Max(1, OpenDocumentStyles.Whole(xml, "number-columns-repeated") ?? 1));
                break;
        }
    }

    private void End(string name)
    {
        switch (name)
        {
            case "h" or "p" when _paragraphs.Count > 0:
                AddParagraph(_paragraphs.Pop());
                break;
            case "span" or "a" when _spans.Count > 0:
                EndSpan(_spans.Pop());
                break;
            case "frame":
                if (_inTitle && _slideTitle.Length > 0) builder.AddHeading(1, _slideTitle.ToString());
                _slideTitle.Clear();
                _inTitle = false;
                break;
            case "note":
                _notes--;
                break;
            case "list":
                _lists.EndList();
                if (!_lists.IsIn && _tables.Count == 0) Target.AddGap();
                break;
            case "table-cell" when _tables.Count > 0 && _repeated.TryPop(out var cells):
                _tables.Peek().EndCell(cells);
                break;
            case "covered-table-cell" when _tables.Count > 0 && _repeated.TryPop(out var covered):
                _tables.Peek().EndCovered(covered);
                break;
            case "table-row" when _tables.Count > 0:
                _tables.Peek().EndRow();
                break;
            case "table" when _tables.Count > 0:
                using (var table = _tables.Pop()) AddTable(table);
                break;
        }
    }

    // Notes stand at the end; a frame's text before the paragraph that it is anchored in.
    private ExtractedTextBuilder Target => _notes > 0 ? notes : builder;

    private StringBuilder? Visible => _paragraphs.Count > 0 && _paragraphs.Peek() is { IsHidden: false } paragraph && (_spans.Count == 0 || !_spans.Peek().Hides) ? paragraph.Text : null;

    private void StartParagraph(XmlReader xml)
    {
        scope.Check();
        var style = OpenDocumentStyles.Attribute(xml, "style-name");
        int? level = xml.LocalName == "h" ? Math.Clamp(OpenDocumentStyles.Whole(xml, "outline-level") ?? 1, 1, ListLevel.Most) : styles.IsTitle(style) ? 1 : null;
        // In a list a heading has the list's number.
        var number = _lists.Next(style) ?? (xml.LocalName == "h" && OpenDocumentStyles.Attribute(xml, "is-list-header") != "true" ? _lists.NextHeading(level!.Value) : null);
        _paragraphs.Push(new Paragraph(level, number) { IsHidden = styles.Hides("paragraph", style) });
        var isStruck = styles.IsStruck("paragraph", style);
        _spans.Push(new Span(false, null, isStruck ? 0 : null, isStruck));
    }

    private void StartSpan(string? style)
    {
        var above = _spans.Count > 0 ? _spans.Peek() : null;
        int? from = _paragraphs.Count > 0 ? _paragraphs.Peek().Text.Length : null;
        var isStruck = styles.IsStruck("text", style);
        // What is struck is marked as a whole.
        _spans.Push(new Span(above?.Hides == true || styles.Hides("text", style), styles.IsRaised(style) ? from : null, isStruck && above?.IsStruck != true ? from : null, isStruck || above?.IsStruck == true));
    }

    private void EndSpan(Span span)
    {
        if (span.RaisedFrom is { } from && _paragraphs.Count > 0) RaisedText.Raise(_paragraphs.Peek().Text, from);
        if (span.StruckFrom is { } struck && _paragraphs.Count > 0) StruckText.Strike(_paragraphs.Peek().Text, struck);
    }

    private void AppendText(XmlReader xml)
    {
        if (Visible is not { } text) return;
        var start = text.Length;
        _characters += OfficePackage.AppendText(xml, text, scope);
        scope.CheckText(_characters);
        // Runs of white space are one space (section 6.1.2); others are elements.
        var end = start;
        for (var i = start; i < text.Length; i++)
        {
            var c = text[i] is '\t' or '\n' or '\r' ? ' ' : text[i];
            if (c == ' ' && (end == 0 || text[end - 1] == ' ')) continue;
            text[end++] = c;
        }

        text.Length = end;
    }

    private void Append(string text) => Visible?.Append(text);

    private void AddParagraph(Paragraph paragraph)
    {
        if (_spans.Count > 0 && _spans.Pop().StruckFrom is { } struck) StruckText.Strike(paragraph.Text, struck);
        var text = paragraph.Text.ToString().Trim();
        if (string.IsNullOrWhiteSpace(text)) return;
        if (paragraph.Number is { } number) text = $"{number} {text}";
        if (_inTitle)
        {
            _slideTitle.Append(_slideTitle.Length > 0 ? " " : "").Append(text);
            return;
        }

        if (_tables.Count > 0)
        {
            _tables.Peek().Append(text);
            return;
        }

        if (_wasItem && !_lists.IsIn) Target.AddGap();
        _wasItem = _lists.IsIn;
        if (paragraph.Level is { } level) Target.AddHeading(level, text);
        else Target.AddBlock(text, apart: !_lists.IsIn);
    }

    private void AddTable(OpenDocumentTable table)
    {
        if (_tables.Count > 0)
        {
            _tables.Peek().Append(table.Flat);
            return;
        }

        var rows = table.Rows;
        if (rows.Count == 0) return;
        // A text's tables of one cell are frames around it.
        if (_inSheets) SheetTables.Add(Target, rows);
        else if (rows.Columns == 1) foreach (var row in rows.Read()) Target.AddBlock(row[0]);
        else Target.AddTable(rows.Read(), rows.Columns, rows.Count);
    }

    /// <param name="RaisedFrom">Where in its paragraph it begins, if it stands raised.</param>
    /// <param name="StruckFrom">Where in its paragraph it begins, if a line goes through it and not through what it stands in.</param>
    private sealed record Span(bool Hides, int? RaisedFrom, int? StruckFrom, bool IsStruck);

    private sealed record Paragraph(int? Level, string? Number)
    {
        public StringBuilder Text { get; } = new();

        public bool IsHidden { get; set; }
    }
}
