using System.Globalization;
using System.Text;
using AngleSharp.Dom;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Html;

/// <summary>Walks a page in its own order, without recursion, and writes down what is seen.</summary>
internal sealed class HtmlWalker(IElement body, StyleSheet styles, CssColor? paper, ReadingScope scope, bool noScript)
{
    private static readonly HashSet<string> Blocks = new(StringComparer.Ordinal)
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "header",
        "hgroup", "hr", "legend", "li", "main", "menu", "noscript", "ol", "p", "pre", "listing", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "td", "th", "ul",
        "caption", "option", "text", "foreignObject",
    };

    private static readonly HashSet<string> Lines = new(StringComparer.Ordinal) { "li", "tr", "dt", "dd", "text", "foreignObject" };

    // A line's end that a style keeps; no page has it, being no character.
    private const char Break = '\uFFFF';

    private readonly HtmlVisibility _visibility = new(body, styles, paper, noScript);
    private readonly StringBuilder _line = new();
    private readonly Stack<int> _raised = new();
    private readonly ListNumbers _numbers = new();

    // Of the item that has just begun; it stands before its first words, however deep these are.
    private string? _number;
    private ExtractedTextBuilder _builder = null!;
    private int _preformatted;

    // Elements that strike what stands in them, and where in the line that begins.
    private int _struck;
    private int _struckFrom;
    private bool _drawingHasText;

    /// <summary>Adds a page that stands within this one; null where it is left out.</summary>
    public Action<string, ExtractedTextBuilder>? Framed { get; init; }

    public void AddTo(ExtractedTextBuilder builder)
    {
        _builder = builder;
        Walk(body, Enter, Leave);
        Flush(apart: true);
    }

    /// <summary>The text of a table's cell or caption on one line.</summary>
    internal string Line(IElement root)
    {
        var line = new StringBuilder();
        var outside = _struckFrom;
        _struckFrom = 0;
        Walk(root, node => EnterInLine(node, line), node =>
        {
            if (node is not IElement element) return;
            LeaveFormula(element, line);
            if (IsBlock(element) || _visibility.StandsInARow(element)) Space(line);
        });
        if (_struck > 0) StruckText.Strike(line, _struckFrom);
        _struckFrom = outside;
        return line.ToString().Trim();
    }

    internal bool IsSeen(IElement element) => !_visibility.IsDropped(element) && !_visibility.Enter(element);

    // By index: a node finds its next sibling by searching its parent, which takes the square of the width of a page.
    private void Walk(INode root, Func<INode, bool> enter, Action<INode> leave)
    {
        if (!enter(root)) return;
        var above = new Stack<(INode Node, int Next)>();
        above.Push((root, 0));
        while (above.TryPop(out var step))
        {
            scope.Check();
            if (step.Next == step.Node.ChildNodes.Length)
            {
                leave(step.Node);
                continue;
            }

            above.Push((step.Node, step.Next + 1));
            var child = step.Node.ChildNodes[step.Next];
            if (enter(child)) above.Push((child, 0));
        }
    }

    private bool Enter(INode node)
    {
        switch (node)
        {
            case IText text:
                if (_visibility.ShowsText(text.ParentElement)) AppendNumbered(_preformatted == 0 && _visibility.KeepsLines(text.ParentElement) ? text.Data.Replace('\n', Break) : text.Data);
                return false;
            case IElement element when !IsSeen(element):
                return false;
            case IElement element:
                return EnterElement(element);
            default:
                return false;
        }
    }

    private bool EnterElement(IElement element)
    {
        switch (element.LocalName)
        {
            case "br":
                _line.Append('\n');
                return false;
            case "img":
                if (Alternative(element) is { } alternative) AppendNumbered(alternative);
                return false;
            case "input":
                AppendNumbered(Task(element));
                return false;
            case "text" or "foreignObject":
                _drawingHasText = true;
                break;
            case HtmlTagFilter.Frame:
                Flush(apart: true);
                Framed?.Invoke(element.GetAttribute("srcdoc") ?? string.Empty, _builder);
                _builder.AddGap();
                return false;
            case "tspan":
                Space(_line);
                return true;
            case "table" when HtmlTable.IsData(element):
                Flush(apart: true);
                HtmlTable.Add(element, this, _builder, scope);
                return false;
            case not "table" when AriaTable.Is(element):
                Flush(apart: true);
                AriaTable.Add(element, this, _builder, scope);
                return false;
            case "pre" or "listing":
                Flush(apart: !IsInLine(element));
                _preformatted++;
                return true;
        }

        if (TaskState.Of(element) is { } box)
        {
            AppendNumbered(box);
            return false;
        }

        if (PictureLabel.Of(element) is { } label) AppendNumbered(PictureLabel.Apart(label, _line));
        EnterFormula(element, _line);
        if (_visibility.StandsInARow(element)) Space(_line);
        if (IsHeading(element) || IsBlock(element)) Part(element);
        _line.Append(TaskState.OfItem(element));
        if (element.LocalName == "li") _number = _numbers.Next(element);
        return true;
    }

    private void AppendNumbered(string text)
    {
        if (_number is not null && !string.IsNullOrWhiteSpace(text))
        {
            // Before breaks too.
            var begun = _line.ToString().TrimStart();
            _line.Clear().Append(_number).Append(begun);
            if (_struck > 0 && string.IsNullOrWhiteSpace(begun)) _struckFrom = _line.Length;
            _number = null;
        }

        AppendText(_line, text, _preformatted > 0);
    }

    private void Leave(INode node)
    {
        if (node is not IElement element) return;
        LeaveFormula(element, _line);
        if (_visibility.StandsInARow(element)) Space(_line);
        if (IsHeading(element) && _preformatted == 0)
        {
            StrikeLine();
            _builder.AddHeading(Level(element), _line.ToString());
            _line.Clear();
        }
        else if (element.LocalName is "pre" or "listing")
        {
            if (--_preformatted > 0) return;
            if (!IsGutter(element, _line)) _builder.AddCode(_line.ToString());
            _line.Clear();
        }
        else if (IsBlock(element) || (element.LocalName == "svg" && _drawingHasText))
        {
            if (element.LocalName == "svg") _drawingHasText = false;
            Part(element);
            if (element.LocalName == "li") _number = null;
            if (element.LocalName is "svg" or "ul" or "ol" or "dl" or "menu" or "dir" or "table") _builder.AddGap();
        }
    }

    // Blocks within code are its lines.
    private void Part(IElement element)
    {
        if (_preformatted == 0) Flush(apart: !IsInLine(element));
        else if (_line.Length > 0 && _line[^1] != '\n') _line.Append('\n');
    }

    // The numbers of lines stand in a cell of their own beside the code.
    private static bool IsGutter(IElement pre, StringBuilder text)
    {
        if (pre.Closest("td") is not { } cell || (cell.NextElementSibling ?? cell.PreviousElementSibling) is null) return false;
        var lines = text.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 0 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && lines.Index().All(line => line.Item == (first + line.Index).ToString(CultureInfo.InvariantCulture));
    }

    private bool EnterInLine(INode node, StringBuilder line)
    {
        if (node is IText text)
        {
            if (_visibility.ShowsText(text.ParentElement)) AppendText(line, text.Data, verbatim: false);
            return false;
        }

        if (node is not IElement element || !IsSeen(element)) return false;
        if (PictureLabel.Of(element) is { } label) AppendText(line, PictureLabel.Apart(label, line), verbatim: false);
        EnterFormula(element, line);
        if (element.LocalName == "img" && Alternative(element) is { } alternative) AppendText(line, alternative, verbatim: false);
        else if (element.LocalName == "input") AppendText(line, Task(element), verbatim: false);
        else if (element.LocalName is "br" or "tspan" || IsBlock(element) || _visibility.StandsInARow(element)) Space(line);
        line.Append(_numbers.Next(element));
        return true;
    }

    // What two dimensions say must not be lost in one: an exponent, a fraction, a root.
    private void EnterFormula(IElement element, StringBuilder line)
    {
        if (IsStruck(element) && _struck++ == 0) _struckFrom = line.Length;
        if (IsRaised(element) || IsLowered(element) || element.LocalName == "mroot" || IsIndex(element)) _raised.Push(line.Length);
        if (element.LocalName == "msqrt") line.Append("√(");
        if (element.LocalName == "q") line.Append('“');
        if (element.ParentElement?.LocalName != "mfrac" || !HasParts(element.ParentElement)) return;
        if (element.PreviousElementSibling is not null) line.Append('/');
        if (IsCompound(element)) line.Append('(');
    }

    private void LeaveFormula(IElement element, StringBuilder line)
    {
        if (IsStruck(element) && --_struck == 0 && _preformatted == 0) StruckText.Strike(line, _struckFrom);
        if (element.LocalName == "q") line.Append('”');
        if (element.LocalName == "msqrt" || (element.ParentElement?.LocalName == "mfrac" && HasParts(element.ParentElement) && IsCompound(element))) line.Append(')');
        if (element.LocalName == "mtd") Space(line);
        if (element.LocalName == "mroot") _raised.TryPop(out _);
        if (IsIndex(element) && _raised.TryPop(out var index) && _raised.TryPeek(out var root)) AddRoot(line, root, index);
        if (IsRaised(element) && _raised.TryPop(out var start)) RaisedText.Raise(line, start);
        else if (IsLowered(element) && _raised.TryPop(out start)) LoweredText.Lower(line, start, isFormula: element.LocalName != "sub");
    }

    private bool IsStruck(IElement element) =>
        element.LocalName is "del" or HtmlTagFilter.Renamed + "s" or HtmlTagFilter.Renamed + "strike" || (element.LocalName is not ("pre" or "listing" or "tspan") && _visibility.StandsStruck(element));

    // Each line of what is struck is marked by itself.
    private void StrikeLine()
    {
        if (_struck > 0 && _preformatted == 0) StruckText.Strike(_line, _struckFrom);
        _struckFrom = 0;
    }

    private static bool IsIndex(IElement element) => element.ParentElement is { LocalName: "mroot" } root && root.Children.ElementAtOrDefault(1) == element;

    // The index comes after what it is of, and stands before it.
    private static void AddRoot(StringBuilder line, int root, int index)
    {
        if (index > line.Length || root > index) return;
        var text = line.ToString(index, line.Length - index).Trim();
        line.Length = index;
        line.Insert(root, (RaisedText.Superscript(text) ?? $"({text})") + "√(").Append(')');
    }

    private bool IsLowered(IElement element) =>
        element.LocalName == "sub" || _visibility.StandsLowered(element) || (element.ParentElement is { LocalName: "msub" or "munder" or "msubsup" or "munderover" } parent && parent.Children.ElementAtOrDefault(1) == element);

    private bool IsRaised(IElement element) =>
        element.LocalName == "sup" || _visibility.StandsRaised(element) || IsNoteNumber(element) || (element.ParentElement?.LocalName is "msup" or "mover" && element.PreviousElementSibling is not null)
        || (element.ParentElement is { LocalName: "msubsup" or "munderover" } parent && parent.Children.ElementAtOrDefault(2) == element);

    // Books' numbers of notes, which their readers raise by what they are: "in 1900" and the note 1 are no 19001.
    private static bool IsNoteNumber(IElement element) =>
        (element.GetAttribute("role") == "doc-noteref" || element.GetAttribute("epub:type") == "noteref") && element.ParentElement?.LocalName != "sup" && element.QuerySelector("sup") is null;

    private static bool HasParts(IElement fraction) => fraction.ChildElementCount == 2;

    private static bool IsCompound(IElement part) => part.ChildElementCount > 1;

    private static string? Alternative(IElement image) =>
        image.GetAttribute("role") is not ("presentation" or "none") && image.GetAttribute("alt") is { } alternative && !string.IsNullOrWhiteSpace(alternative) ? alternative : null;

    private static string Task(IElement input) => input.HasAttribute("checked") ? "[x] " : "[ ] ";

    private static bool IsInLine(IElement element) =>
        Lines.Contains(element.LocalName) || (element.ParentElement is { } parent && Lines.Contains(parent.LocalName));

    private bool IsBlock(IElement element) => Blocks.Contains(element.LocalName) || _visibility.StandsApart(element);

    private static bool IsHeading(IElement element) => element.LocalName is ['h', >= '1' and <= '6'] || element.GetAttribute("role") == "heading";

    // WAI-ARIA 1.2: a heading whose level is not told is of level 2.
    private static int Level(IElement heading) => heading.LocalName is ['h', >= '1' and <= '6' and var digit]
        ? digit - '0'
        : int.TryParse(heading.GetAttribute("aria-level"), NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level > 0 ? level : 2;

    private static void Space(StringBuilder line)
    {
        if (line.Length > 0 && !char.IsWhiteSpace(line[^1])) line.Append(' ');
    }

    private static void AppendText(StringBuilder line, string text, bool verbatim)
    {
        if (verbatim)
        {
            line.Append(text);
            return;
        }

        foreach (var c in text)
        {
            if (c == Break) line.Append('\n');
            else if (!char.IsWhiteSpace(c)) line.Append(c);
            else Space(line);
        }
    }

    private void Flush(bool apart)
    {
        StrikeLine();
        if (_line.Length == 0) return;
        if (_preformatted > 0) _builder.AddCode(_line.ToString());
        else _builder.AddBlock(_line.ToString().Trim(), apart);
        _line.Clear();
    }
}
