using System.Globalization;
using System.Text;
using System.Xml;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Xml;

/// <summary>The text of one manual while it is read, element by element.</summary>
/// <param name="names">What elements of another vocabulary are taken for; null for none.</param>
internal sealed class ManualText(ReadingScope scope, ScholarlyNames? names = null)
{
    // Headings that a section stands below, at most.
    private const int MaxLevel = 12;

    private readonly ExtractedTextBuilder _builder = new(scope);
    private readonly Stack<string> _open = new();
    private readonly Stack<int?> _lists = new();
    private readonly Stack<ManualTable> _tables = new();
    private readonly Stack<int> _raised = new();
    private readonly StringBuilder _line = new();
    private string _mark = string.Empty;
    private bool _isAfterControl;
    private int _sections;
    private int _code;
    private int _notes;

    /// <param name="xml">At its root.</param>
    public ExtractedDocument Read(XmlReader xml)
    {
        while (!xml.EOF)
        {
            var name = xml.NodeType != XmlNodeType.Element ? string.Empty : names?.Of(xml, _open.TryPeek(out var parent) ? parent : string.Empty) ?? xml.LocalName;
            switch (xml.NodeType)
            {
                case XmlNodeType.Element when IsSkipped(name):
                    xml.Skip();
                    continue;
                case XmlNodeType.Element:
                    scope.CountElement();
                    Start(xml, name);
                    _open.Push(name);
                    if (xml.IsEmptyElement) End();
                    break;
                case XmlNodeType.EndElement:
                    End();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    Append(xml.Value);
                    break;
            }

            xml.Read();
        }

        Flush();
        return _builder.Build();
    }

    // DITA's steps have an info that is text.
    private bool IsSkipped(string name) =>
        ManualNames.Skipped.Contains(name) || (_open.TryPeek(out var parent) && ManualNames.Infos.Contains(parent) && !ManualNames.ReadOfInfo.Contains(name) && !_open.Contains("step") && !_open.Contains("substep"));

    private void Start(XmlReader xml, string name)
    {
        if (name is "fn" or "footnote")
        {
            _notes++;
            _line.Append(" (");
        }

        if (name == "lb") Append(" ");
        if (name is "quote" or "q") _line.Append('“');
        if (name is "superscript" or "sup") _raised.Push(_line.Length);
        if (name == "uicontrol" && _open.TryPeek(out var parent) && parent == "menucascade" && _line.Length > 0 && _line is not [.., '>', ' '] && _isAfterControl) _line.Append(" > ");
        if (_notes > 0) return;
        if (IsBlock(name)) Flush();
        if (ManualNames.Sections.Contains(name)) _sections++;
        if (ManualNames.Code.Contains(name)) _code++;
        if (ManualNames.Boxes.Contains(name)) AddLine(Label(xml.GetAttribute("type") is { Length: > 0 } type && type != "other" ? type : xml.GetAttribute("othertype") ?? name));
        if (IsList(name)) _lists.Push(ManualNames.Numbered.Contains(name) ? First(xml) : null);
        if (ManualNames.Items.Contains(name)) StartItem();
        if (ManualNames.Tables.Contains(name)) _tables.Push(new ManualTable());
        else if (name == "colspec" && _tables.TryPeek(out var described)) described.Describe(xml.GetAttribute("colname"));
        else if (_tables.TryPeek(out var table)) table.Start(xml, name);
    }

    private void End()
    {
        var name = _open.Pop();
        _isAfterControl = name == "uicontrol";
        if (name is "fn" or "footnote" && _notes-- > 0) _line.Append(')');
        if (name is "quote" or "q") _line.Append('”');
        if (name is "superscript" or "sup" && _raised.TryPop(out var raised) && raised <= _line.Length) RaisedText.Raise(_line, raised);
        if (_notes > 0) return;
        if (ManualNames.Titles.Contains(name)) EndTitle();
        else if (ManualNames.Code.Contains(name)) EndCode();
        else if (IsBlock(name)) Flush();
        if (ManualNames.Sections.Contains(name)) _sections--;
        if (IsList(name) && _lists.TryPop(out _) && _lists.Count == 0 && _tables.Count == 0) _builder.AddGap();
        if (ManualNames.Items.Contains(name)) _mark = string.Empty;
        if (ManualNames.Tables.Contains(name)) EndTable(_tables.Pop());
        else if (_tables.TryPeek(out var table)) table.End(name);
    }

    private static bool IsBlock(string name) => ManualNames.Blocks.Contains(name) || ManualNames.Sections.Contains(name) || ManualNames.Code.Contains(name) || ManualNames.Cells.Contains(name) || ManualNames.Rows.Contains(name);

    private static bool IsList(string name) => ManualNames.Numbered.Contains(name) || name is "itemizedlist" or "ul" or "steps-unordered" or "variablelist" or "dl" or "sl" or "simplelist" or "parml" or "choices";

    private static int First(XmlReader xml) => int.TryParse(xml.GetAttribute("startingnumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : 1;

    private void StartItem()
    {
        if (_open.TryPeek(out var list) && !IsList(list) && list is not "steps" and not "dlentry") return;
        if (!_lists.TryPop(out var number)) return;
        if (number is { } next) _mark = next.ToString(CultureInfo.InvariantCulture) + ". ";
        _lists.Push(number + 1);
    }

    private void Append(string text)
    {
        scope.CheckText(_line.Length + text.Length);
        if (_code > 0)
        {
            _line.Append(text);
            return;
        }

        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c)) _line.Append(c);
            else if (_line.Length > 0 && !char.IsWhiteSpace(_line[^1])) _line.Append(' ');
        }
    }

    // "warning" is what the box is called, "seealso" too.
    private static string Label(string type) => type.Length == 0 ? type : char.ToUpperInvariant(type[0]) + type[1..];

    private void EndTitle()
    {
        var parent = _open.TryPeek(out var above) ? above : string.Empty;
        // Of a section it may stand in what is said of it.
        if (ManualNames.Infos.Contains(parent) || parent is "refnamediv" or "title-group")
            parent = _open.SkipWhile(name => ManualNames.Infos.Contains(name) || name is "refnamediv" or "title-group" or "front").FirstOrDefault() ?? parent;
        if (!ManualNames.Sections.Contains(parent) || _tables.Count > 0)
        {
            Flush();
            return;
        }

        _builder.AddHeading(Math.Min(_sections, MaxLevel), _line.ToString());
        _line.Clear();
    }

    private void EndCode()
    {
        if (--_code > 0) return;
        if (_tables.TryPeek(out var table)) table.Append(_line.ToString());
        else _builder.AddCode(_line.ToString().ReplaceLineEndings("\n"));
        _line.Clear();
    }

    private void EndTable(ManualTable table)
    {
        if (table.Rows.Count == 0) return;
        if (_tables.TryPeek(out var outer)) outer.Append(table.Flat);
        else _builder.AddTable(table.Rows);
    }

    private void Flush()
    {
        if (_code > 0) return;
        var text = _line.ToString();
        _line.Clear();
        if (string.IsNullOrWhiteSpace(text)) return;
        AddLine(_mark + text.Trim());
        _mark = string.Empty;
    }

    private void AddLine(string text)
    {
        if (_tables.TryPeek(out var table) && table.IsInCell) table.Append(text);
        else _builder.AddBlock(text, apart: _lists.Count == 0);
    }
}
