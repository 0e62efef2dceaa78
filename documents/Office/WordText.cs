using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.OpenDocument;
using Serverless.Documents.Signs;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office;

/// <summary>Streams the paragraphs and tables of a WordprocessingML part.</summary>
internal sealed class WordText(WordStyles styles, WordNumbers numbers, WordNotes notes, ExtractedTextBuilder builder, ReadingScope scope, bool hasPages)
{
    private readonly Stack<WordParagraph> _paragraphs = new();
    private readonly Stack<OfficeTable> _tables = new();
    private int _page = 1;
    private long _characters;
    private bool _inList;
    private bool _isPlaceholder;
    private bool _inRowProperties;
    private bool _isOnWhite = true;
    private int _boxes;
    private readonly WordFields _fields = new();
    private readonly WordFormula _formula = new();
    private WordField? _field;
    private string? _mark;
    private string _label = string.Empty;
    private string _begun = string.Empty;
    private OpenXmlPart? _part;

    /// <summary>Whether white letters are read wherever they stand.</summary>
    public bool ReadsWhite { get; init; }

    public void Add(OpenXmlPart part)
    {
        using var xml = OfficePackage.Xml(part, scope);
        if (hasPages) builder.StartPage(1);
        _part = part;
        var inText = false;
        xml.Read();
        while (!xml.EOF)
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                // What was deleted, moved away, formatted otherwise once, is a reading of characters, asks to be filled in, or stands there for older programs only; lines that part notes from the text.
                if ((xml.LocalName is "footnote" or "endnote" && Attribute(xml, "type") is not (null or "normal")) || xml.LocalName is "pPrChange" or "rPrChange" or "numberingChange" or "del" or "moveFrom" or "Fallback" or "footnotePr" or "endnotePr" or "rt" || (xml.LocalName == "sdtContent" && _isPlaceholder))
                {
                    _isPlaceholder = false;
                    if (xml.LocalName == "del" && _inRowProperties && _tables.Count > 0) _tables.Peek().DeleteRow();
                    else if (xml.LocalName == "del" && _paragraphs.Count > 0 && _paragraphs.Peek().InProperties) _paragraphs.Peek().GoesOn = true;
                    xml.Skip();
                    continue;
                }

                inText = xml is { LocalName: "t", IsEmptyElement: false };
                Start(xml);
                if (xml.IsEmptyElement) End(xml.LocalName);
            }
            else if (xml.NodeType == XmlNodeType.EndElement)
            {
                inText = false;
                End(xml.LocalName);
            }
            else if (inText && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA)
            {
                if (Visible is { } text) _characters += OfficePackage.AppendText(xml, text, scope);
                scope.CheckText(_characters);
            }

            xml.Read();
        }

        builder.AddBlock(_begun);
        _begun = string.Empty;
    }

    /// <summary>An attribute whatever its prefix; null where it is absent.</summary>
    public static string? Attribute(XmlReader xml, string name) => xml.GetAttribute(name, xml.NamespaceURI) ?? xml.GetAttribute(name);

    /// <summary>The whole number that an element's val is; null for none.</summary>
    public static int? Whole(XmlReader xml) => int.TryParse(Attribute(xml, "val"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Start(XmlReader xml)
    {
        var paragraph = _paragraphs.Count > 0 ? _paragraphs.Peek() : null;
        if (paragraph is not null && WordFormula.Has(xml)) _formula.Start(xml, Visible);
        if (paragraph?.Takes(xml, styles) == true) return;
        switch (xml.LocalName)
        {
            case "fldChar":
                _mark = Attribute(xml, "fldCharType");
                break;
            case "footnoteReference" or "endnoteReference" when !WordStyles.IsOn(Attribute(xml, "customMarkFollows") ?? "0"):
                Append(notes.Call(xml.LocalName[..^"Reference".Length], Attribute(xml, "id")));
                break;
            case "footnote" or "endnote":
                _label = notes.Label(xml.LocalName, Attribute(xml, "id"));
                break;
            case "p":
                _paragraphs.Push(new WordParagraph());
                break;
            case "sym" when int.TryParse(Attribute(xml, "char"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                if (SymbolFont.Sign(Attribute(xml, "font"), code) is { } sign) Append(sign.ToString());
                break;
            case "sdt":
                _isPlaceholder = false;
                break;
            case "showingPlcHdr":
                _isPlaceholder = WordStyles.IsOn(Attribute(xml, "val"));
                break;
            case "chart" when paragraph is not null && _part is not null && OfficePackage.Related(_part, xml, "id") is ChartPart chart:
                paragraph.Charts.Add(OfficeChart.Read(chart, scope));
                break;
            case "altChunk" when _part is not null && OfficePackage.Related(_part, xml, "id") is AlternativeFormatImportPart other:
                AddOther(other);
                break;
            case "docPr" when PictureText.IsHidden(xml):
                SafeXml.SkipRest(xml, above: 1);
                break;
            case "docPr" when paragraph is not null && PictureText.Of(xml) is { } picture:
                Append(PictureText.Apart(paragraph.Text, picture));
                break;
            case "relIds" when paragraph is not null && _part is not null && OfficePackage.Related(_part, xml, "dm") is DiagramDataPart diagram:
                foreach (var line in OfficeDiagram.Read(diagram, scope)) Append((paragraph.Text.Length > 0 ? "\n" : "") + line);
                break;
            case "tab" or "ptab" when paragraph is { InProperties: false }:
                Append(" ");
                break;
            case "br" or "cr" when paragraph is not null:
                Append("\n");
                break;
            case "noBreakHyphen":
                Append("-");
                break;
            case "lastRenderedPageBreak":
                _page++;
                break;
            case "tbl":
                _tables.Push(new OfficeTable());
                break;
            case "tr" when _tables.Count > 0:
                _tables.Peek().StartRow();
                break;
            case "trPr":
                _inRowProperties = true;
                break;
            case "gridBefore" when _inRowProperties && _tables.Count > 0:
                _tables.Peek().Skip(Whole(xml) ?? 0);
                break;
            case "tc" when _tables.Count > 0:
                _tables.Peek().StartCell();
                break;
            case "background":
                _isOnWhite = WordColor.IsWhite(xml);
                break;
            case "txbxContent":
                _boxes++;
                break;
            // What is white is read where something else than paper may be behind it: a cell, a box, a shade.
            case "color" when paragraph is { InProperties: false } && _isOnWhite && !ReadsWhite && _tables.Count == 0 && _boxes == 0:
                paragraph.IsWhite = WordColor.IsWhite(xml);
                break;
            case "shd" when paragraph is not null && WordColor.IsShade(xml):
                if (paragraph.InProperties) paragraph.IsShaded = true;
                else paragraph.IsRunShaded = true;
                break;
            case "checkBox" or "ddList" when paragraph is not null:
                _field = new WordField();
                break;
            case "checked" or "default" or "result" or "listEntry" when _field is not null:
                _field.Add(xml.LocalName, Attribute(xml, "val"));
                break;
            case "gridSpan" when _tables.Count > 0:
                _tables.Peek().Span(Whole(xml) ?? 1);
                break;
            case "vMerge" when _tables.Count > 0 && Attribute(xml, "val") is null or "continue":
                _tables.Peek().ContinueAbove();
                break;
        }
    }

    private void End(string name)
    {
        if (_paragraphs.Count > 0) _formula.End(name, Visible);
        if (_paragraphs.Count > 0 && _paragraphs.Peek().Ends(name)) return;
        switch (name)
        {
            // What a form holds stands in the field's first mark.
            case "fldChar":
                _fields.Mark(_mark);
                break;
            case "p" when _paragraphs.Count > 0:
                AddParagraph(_paragraphs.Pop());
                break;
            case "tc" when _tables.Count > 0:
                if (_begun.Length > 0) _tables.Peek().Append(_begun);
                _begun = string.Empty;
                _tables.Peek().EndCell();
                break;
            case "trPr":
                _inRowProperties = false;
                break;
            case "tr" when _tables.Count > 0:
                _tables.Peek().EndRow();
                break;
            case "txbxContent":
                _boxes--;
                break;
            case "checkBox" or "ddList" when _field is not null:
                Append(_field.Shown(name));
                _field = null;
                break;
            case "tbl" when _tables.Count > 0:
                var table = _tables.Pop();
                if (_tables.Count > 0) _tables.Peek().Append(table.Flat);
                else AddTable(table);
                break;
        }
    }

    /// <summary>What is being written to; null outside paragraphs and in hidden runs.</summary>
    private StringBuilder? Visible => _paragraphs.Count > 0 && _paragraphs.Peek() is { IsSeen: true } paragraph && !_fields.IsInCode ? paragraph.Text : null;

    private void Append(string text)
    {
        Visible?.Append(text);
    }

    private void AddParagraph(WordParagraph paragraph)
    {
        scope.Check();
        _fields.EndParagraph();
        var text = _begun + paragraph.Text.ToString();
        _begun = paragraph.GoesOn ? text : string.Empty;
        // Whose end was deleted is the beginning of the next.
        if (paragraph.GoesOn || styles.IsOfContents(paragraph.Style)) return;
        var number = Number(paragraph);
        AddText(paragraph, text, number);
        foreach (var chart in paragraph.Charts) AddChart(chart);
    }

    private void AddText(WordParagraph paragraph, string text, string? number)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        if (number is not null) text = $"{number} {text.TrimStart()}";
        if (_label.Length > 0) text = _label + text.TrimStart();
        _label = string.Empty;
        if (_tables.Count > 0)
        {
            _tables.Peek().Append(text);
            return;
        }

        if (_inList && !paragraph.IsItem) builder.AddGap();
        _inList = paragraph.IsItem;
        if (hasPages) builder.StartPage(_page);
        if (paragraph.Level is { } level) builder.AddHeading(level, text);
        else builder.AddBlock(text, apart: !paragraph.IsItem);
    }

    // A file of another format, which Word takes in when it opens the document: what many programs write reports with.
    private void AddOther(AlternativeFormatImportPart part)
    {
        using var stream = part.GetStream(FileMode.Open, FileAccess.Read);
        var name = Path.GetExtension(part.Uri.OriginalString) is { Length: > 1 } ending && ending != ".dat" ? "part" + ending : "part";
        if (scope.ReadAttached(new DocumentFile(name, part.ContentType, scope.UnpackAll(stream, scope.Limits.MaxUnpackedBytes))) is not { } inner) return;
        if (hasPages) builder.StartPage(_page);
        if (_tables.Count > 0) _tables.Peek().Append(inner.Text);
        else builder.AddPart(inner);
    }

    private void AddChart(OfficeChart chart)
    {
        if (_tables.Count > 0)
        {
            _tables.Peek().Append(chart.Title);
            if (chart.Table is { } inner) _tables.Peek().Append(inner.Flat);
            return;
        }

        builder.AddBlock(chart.Title);
        if (chart.Table is { } table) builder.AddTable(table.Rows);
    }

    // Of its own numbering, else of its style's; numbering 0 is none. An empty paragraph counts too.
    private string? Number(WordParagraph paragraph)
    {
        if (paragraph.HidesAll) return null;
        var own = styles.Numbering(paragraph.Style);
        return numbers.Next(paragraph.Numbering ?? own?.Id, paragraph.ListLevel ?? (paragraph.Numbering is null ? own?.Level : 0), own?.Style ?? paragraph.Style);
    }

    private void AddTable(OfficeTable table)
    {
        if (hasPages) builder.StartPage(_page);
        if (table.Rows.Count == 0) return;
        // Tables of one cell are frames around text.
        if (table.Rows.All(row => row.Count <= 1)) foreach (var row in table.Rows) builder.AddBlock(string.Concat(row));
        else builder.AddTable(table.Rows);
    }
}
