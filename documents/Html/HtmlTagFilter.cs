using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Html;

/// <summary>
/// Rewrites a page before it is parsed, in one pass over its characters, so that the parser's work stays in proportion to its length and its tree
/// says what the author meant:
/// formatting tags (b, font, a...) get names that are not cloned into every block after them; scripts, comments and attributes that say nothing
/// of what is seen go; tags that close themselves or that no closing tag follows, of names that HTML does not know, are closed at once instead of
/// nesting; frames give way to noframes; forms become plain blocks.
/// Tokenisation follows the WHATWG HTML standard, section 13.2.5.
/// </summary>
internal sealed partial class HtmlTagFilter
{
    /// <summary>What a formatting tag's name begins with afterwards.</summary>
    public const string Renamed = "x-";

    // What a part shows beside what stands in it.
    internal const string Shadow = Renamed + "shadow";

    // A page within the page, in the attribute that it came in.
    internal const string Frame = Renamed + "frame";

    // Names of attributes that a page's selectors may ask for: each is kept in the tree.
    private const int MaxAsked = 32;

    private readonly string _html;
    private readonly bool _isXhtml;
    private readonly bool _isProse;
    private readonly bool _showsFormulas;
    private readonly ReadingScope _scope;
    private readonly StringBuilder _out;
    private readonly List<string> _styles = [];
    private readonly HashSet<string> _closed;
    private readonly Dictionary<string, int> _ends = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Func<string, string?>? _linked;
    private readonly Stack<bool> _shadows = new();
    private bool _lacksStyles;
    private bool _inNoframes;
    private int _openParagraphs;
    private int _endOfBlock = -1;

    private HtmlTagFilter(string html, bool isXhtml, bool isProse, ReadingScope scope, Func<string, string?>? linked)
    {
        (_html, _isXhtml, _isProse, _scope, _linked) = (html, isXhtml, isProse, scope, linked);
        _showsFormulas = html.Contains("id=\"MathJax-Element-", StringComparison.Ordinal);
        _out = new StringBuilder(html.Length + 64);
        _closed = ClosedNames(html);
        if (!html.Contains("<style", StringComparison.OrdinalIgnoreCase)) return;
        foreach (var selector in AttributeSelector().EnumerateMatches(html))
        {
            if (_asked.Count == MaxAsked) break;
            _asked.Add(html.Substring(selector.Index + 1, selector.Length - 1).Trim().ToLowerInvariant());
        }
    }

    /// <param name="isProse">Whether it comes of a text that may hold tags, in which what only looks like one (<c>List&lt;T&gt;</c>, <c>&lt;your name&gt;</c>) is words.</param>
    /// <param name="linked">The style sheet that a link names; null where it does not come with the page.</param>
    /// <returns>The page, its styles, and whether it has more of them elsewhere.</returns>
    public static (string Html, IReadOnlyList<string> Styles, bool LacksStyles) Filter(string html, bool isXhtml, bool isProse, ReadingScope scope, Func<string, string?>? linked)
    {
        var filter = new HtmlTagFilter(html, isXhtml, isProse, scope, linked);
        filter.Run(0, html.Length);
        return (filter.TakeText(), filter._styles, filter._lacksStyles);
    }

    /// <summary>What was written, once: a second copy of it is not kept.</summary>
    private string TakeText()
    {
        var text = _out.ToString();
        _out.Clear();
        _out.Capacity = 0;
        return text;
    }

    private void Run(int at, int end)
    {
        while (at < end)
        {
            var open = _html.IndexOf('<', at, end - at);
            if (open < 0) open = end;
            _out.Append(_html, at, open - at);
            if (open == end) return;
            var next = open + 1 < end ? _html[open + 1] : ' ';
            at = next switch
            {
                '!' => AfterDeclaration(open, end),
                '?' => AfterChar('>', open, end),
                '/' when open + 2 < end && char.IsAsciiLetter(_html[open + 2]) => CopyEndTag(open, end),
                '/' => AfterChar('>', open, end),
                _ when char.IsAsciiLetter(next) => CopyStartTag(open, end),
                _ => CopyLess(open),
            };
        }
    }

    private int CopyLess(int open)
    {
        _out.Append("&lt;");
        return open + 1;
    }

    private int AfterDeclaration(int open, int end)
    {
        var rest = _html.AsSpan(open, end - open);
        if (rest.StartsWith("<!-->", StringComparison.Ordinal)) return open + 5;
        if (rest.StartsWith("<!--->", StringComparison.Ordinal)) return open + 6;
        if (rest.StartsWith("<!--", StringComparison.Ordinal))
        {
            for (var at = Find("--", open + 4, end); at < end; at = Find("--", at + 1, end))
            {
                if (at + 2 < end && _html[at + 2] == '>') return at + 3;
                if (at + 3 < end && _html[at + 2] == '!' && _html[at + 3] == '>') return at + 4;
            }

            return end;
        }

        if (!_isXhtml || !rest.StartsWith("<![CDATA[", StringComparison.Ordinal)) return AfterChar('>', open, end);
        var close = Find("]]>", open, end);
        AppendText(_html.AsSpan((open + 9)..close));
        return Math.Min(close + 3, end);
    }

    private int CopyEndTag(int open, int end)
    {
        var tag = HtmlTag.Read(_html, open + 2, end, _asked);
        if (!tag.IsComplete) return end;
        // A closing tag with nothing to close makes an element of these two.
        if (tag.Name == "br" || (tag.Name == "p" && --_openParagraphs < 0)) _scope.CountElement();
        _openParagraphs = Math.Max(0, _openParagraphs);
        if (HtmlNames.Dropped.Contains(tag.Name)) return tag.End;
        _out.Append("</").Append(tag.Name == "template" && _shadows.TryPop(out var isShadow) && isShadow ? Shadow : Rename(tag.Name)).Append('>');
        return tag.End;
    }

    private int CopyStartTag(int open, int end)
    {
        var tag = HtmlTag.Read(_html, open + 1, end, _asked);
        if (!tag.IsComplete) return end;
        if (_isProse && IsMentioned(tag, open, end))
        {
            AppendText(_html.AsSpan(open, tag.End - open));
            return tag.End;
        }

        _scope.CountElement();
        if (tag.Name == "p") _openParagraphs++;
        if (HtmlNames.Hiding.Contains(tag.Name) && !tag.ClosesItself && !_closed.Contains(tag.Name)) return tag.End;
        if (HtmlNames.RawText.Contains(tag.Name)) return CopyRawText(tag, end);
        if (tag.Name == "link" && _html.AsSpan(open, tag.End - open).Contains("stylesheet", StringComparison.OrdinalIgnoreCase)) Link(tag, _html.AsSpan(open, tag.End - open));
        if (HtmlNames.Dropped.Contains(tag.Name)) return tag.End;
        var isVoid = HtmlNames.Void.Contains(tag.Name);
        var isOpen = !isVoid && !tag.ClosesItself && !HtmlNames.Known.Contains(tag.Name) && !_closed.Contains(tag.Name);
        if (isOpen && _isProse)
        {
            AppendText(_html.AsSpan(open, tag.End - open));
            return tag.End;
        }

        var closes = isOpen || (!isVoid && tag.ClosesItself);
        if (tag.Name == "template") _shadows.Push(tag.IsShadow);
        var name = tag is { Name: "template", IsShadow: true } ? Shadow : Rename(tag.Name);
        _out.Append('<').Append(name);
        tag.CopyAttributes(_html, _out);
        _out.Append('>');
        if (closes) _out.Append("</").Append(name).Append('>');
        return tag.End;
    }

    // "The <title> element": of a name of HTML's, and words all the same. Nothing closes it, or nothing in its paragraph.
    private bool IsMentioned(HtmlTag tag, int open, int end)
    {
        if (tag.ClosesItself || tag.Name is "br" or "hr" or "wbr" or "img" || !HtmlNames.Known.Contains(tag.Name)) return false;
        if (tag.HoldsWords) return true;
        if (!tag.IsBare || HtmlNames.LeftOpen.Contains(tag.Name)) return false;
        if (!_closed.Contains(tag.Name)) return true;
        var isInLine = open > 0 && _html[open - 1] is not ('\n' or '>');
        return isInLine && HtmlNames.RawText.Contains(tag.Name) && EndTag(tag, end) > EndOfBlock(tag.End);
    }

    // Where the paragraph, item or cell ends; looked for once for all that stand in it.
    private int EndOfBlock(int from)
    {
        if (_endOfBlock >= from) return _endOfBlock;
        var found = BlockEnd().Match(_html, from);
        return _endOfBlock = found.Success ? found.Index : _html.Length;
    }

    private int EndTag(HtmlTag tag, int end)
    {
        // Looked for once is enough: pages of nothing but such tags would be searched to their end again and again.
        if (_ends.TryGetValue(tag.Name, out var known) && known >= tag.End && known <= end) return known;
        var close = FindEndTag(tag.Name, tag.End, end);
        if (close < end || end == _html.Length) _ends[tag.Name] = close;
        return close;
    }

    private void Link(HtmlTag tag, ReadOnlySpan<char> text)
    {
        if (!tag.AppliesToScreens) return;
        var href = Href().Match(text.ToString());
        if (href.Success && _linked?.Invoke(href.Groups[1].Value) is { } style) _styles.Add(style);
        else _lacksStyles = true;
    }

    // Between these tags there are no others.
    private int CopyRawText(HtmlTag tag, int end)
    {
        var close = EndTag(tag, end);
        if (tag.ClosesItself && (_isXhtml || close == end)) return tag.End;
        // What is never closed takes the rest of the page with it in a browser. Its own content holds no tags.
        if (close == end && end == _html.Length && tag.Name is "title" or "style") close = end = AfterText(tag.End, end);
        else if (close == end && end == _html.Length && (tag.Name is "textarea" or "noembed" || (_isProse && tag.Name == "script"))) return tag.End;
        else if (close == end && end == _html.Length && tag.Name == "iframe") close = end = tag.End;
        var content = _html.AsSpan(tag.End, close - tag.End);
        switch (tag.Name)
        {
            case "style":
                if (tag.AppliesToScreens) _styles.Add(content.ToString());
                break;
            case "script" when Formula(_html.AsSpan(tag.Start, tag.End - tag.Start)) is { } signs:
                _out.Append("<span>").Append(signs.Open);
                AppendText(content);
                _out.Append(signs.Close).Append("</span>");
                break;
            case "iframe" when tag.HasPage:
                _out.Append('<').Append(Frame);
                tag.CopyAttributes(_html, _out);
                _out.Append("></").Append(Frame).Append('>');
                break;
            case "title":
                _out.Append("<title>").Append(content).Append("</title>");
                break;
            case "xmp" or "plaintext":
                _out.Append("<pre>");
                AppendText(tag.Name == "plaintext" ? _html.AsSpan(tag.End, end - tag.End) : content);
                _out.Append("</pre>");
                if (tag.Name == "plaintext") return end;
                break;
            case "noframes" when !_inNoframes:
                _inNoframes = true;
                _out.Append("<div>");
                Run(tag.End, close);
                _out.Append("</div>");
                _inNoframes = false;
                break;
        }

        return close == end ? end : AfterChar('>', close, end);
    }

    // MathJax's sources (versions 1 and 2), where the page is without what its script makes of them.
    private (string Open, string Close)? Formula(ReadOnlySpan<char> tag) => _showsFormulas || !tag.Contains("math/tex", StringComparison.OrdinalIgnoreCase)
        ? null
        : tag.Contains("mode=display", StringComparison.OrdinalIgnoreCase) ? ("\\[", "\\]") : ("\\(", "\\)");

    private int FindEndTag(string name, int from, int end)
    {
        while (from < end)
        {
            var at = _html.IndexOf("</", from, end - from, StringComparison.Ordinal);
            if (at < 0) return end;
            var after = at + 2 + name.Length;
            if (after <= end && _html.AsSpan(at + 2, name.Length).Equals(name, StringComparison.OrdinalIgnoreCase) && (after == end || _html[after] is '>' or '/' or ' ' or '\t' or '\n' or '\f'))
                return at;
            from = at + 2;
        }

        return end;
    }

    private int AfterText(int from, int end) => _html.IndexOf('<', from, end - from) is >= 0 and var at ? at : end;

    private int Find(string what, int from, int end)
    {
        if (from >= end) return end;
        var at = _html.IndexOf(what, from, end - from, StringComparison.Ordinal);
        return at < 0 ? end : at;
    }

    private int AfterChar(char what, int from, int end)
    {
        var at = _html.IndexOf(what, from, end - from);
        return at < 0 ? end : at + 1;
    }

    private void AppendText(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c == '<') _out.Append("&lt;");
            else if (c == '&') _out.Append("&amp;");
            else _out.Append(c);
        }
    }

    private static string Rename(string name) => name == "form" ? "div" : HtmlNames.Formatting.Contains(name) ? Renamed + name : name;

    private static HashSet<string> ClosedNames(string html)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var at = html.IndexOf("</", StringComparison.Ordinal); at >= 0; at = html.IndexOf("</", at + 2, StringComparison.Ordinal))
        {
            var end = at + 2;
            while (end < html.Length && end - at < 80 && html[end] is not ('>' or '/' or '<') && !char.IsWhiteSpace(html[end])) end++;
            names.Add(html[(at + 2)..end].ToLowerInvariant());
        }

        return names;
    }

    [GeneratedRegex(@"</(?:p|li|td|th|dt|dd|h[1-6])>", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex BlockEnd();

    [GeneratedRegex("""\shref\s*=\s*["']?([^"'\s>]+)""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Href();

    // "[name", as a selector has it, wherever it stands: a name too many costs nothing.
    [GeneratedRegex(@"\[\s*[A-Za-z][A-Za-z0-9_-]{0,40}(?=\s*[\]~|^$*=])", RegexOptions.CultureInvariant)]
    private static partial Regex AttributeSelector();
}
