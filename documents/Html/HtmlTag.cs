using System.Text;

namespace Serverless.Documents.Html;

/// <summary>One start or end tag as it stands in a page.</summary>
internal sealed class HtmlTag
{
    // What decides on what is seen, and how.
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "style", "class", "id", "hidden", "aria-hidden", "popover", "role", "colspan", "rowspan", "open", "alt", "color", "bgcolor", "background", "aria-level", "epub:type", "aria-controls", "aria-expanded", "aria-haspopup", "aria-checked", "aria-label", "slot",
    };

    // What tells the state of an item.
    private static readonly HashSet<string> KeptOfInputs = new(StringComparer.Ordinal) { "type", "checked", "disabled" };

    private static readonly HashSet<string> Drawings = new(StringComparer.Ordinal) { "svg", "g", "text", "tspan", "textpath", "switch", "foreignobject" };

    // What decides on the numbers of lists.
    private static readonly HashSet<string> KeptOfLists = new(StringComparer.Ordinal) { "start", "reversed", "type", "value" };

    private readonly List<(string Name, int Start, int End)> _attributes = [];
    private readonly IReadOnlySet<string> _asked;
    private bool _hasWords;
    private bool _hasAttributes;

    private HtmlTag(string name, IReadOnlySet<string> asked) => (Name, _asked) = (name, asked);

    /// <summary>In lower case.</summary>
    public string Name { get; }

    /// <summary>Offset of its name.</summary>
    public int Start { get; private init; }

    /// <summary>Offset after its '>'.</summary>
    public int End { get; private set; }

    public bool ClosesItself { get; private set; }

    /// <summary>False where the page ends within it: then it is none.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether it is nothing but its name.</summary>
    public bool IsBare { get; private set; } = true;

    /// <summary>Whether it holds words and nothing that is HTML's: "&lt;source file&gt;".</summary>
    public bool HoldsWords => _hasWords && !_hasAttributes;

    /// <summary>Whether a style element is for screens, as it is where it does not say.</summary>
    public bool AppliesToScreens { get; private set; } = true;

    /// <summary>Whether a template is no pattern but what its parent shows (HTML, section 4.12.3).</summary>
    public bool IsShadow { get; private set; }

    /// <summary>Whether an iframe holds its page itself.</summary>
    public bool HasPage => _attributes.Exists(attribute => attribute.Name == "srcdoc");

    /// <param name="at">Where its name begins.</param>
    /// <param name="asked">Other attributes that the page's own selectors ask for.</param>
    public static HtmlTag Read(string html, int at, int end, IReadOnlySet<string> asked)
    {
        var start = at;
        while (at < end && !IsSpace(html[at]) && html[at] is not ('/' or '>')) at++;
        var tag = new HtmlTag(html[start..at].ToLowerInvariant(), asked) { Start = start };
        while (at < end)
        {
            var c = html[at];
            if (c == '>')
            {
                tag.IsComplete = true;
                tag.End = at + 1;
                return tag;
            }

            if (c == '/')
            {
                tag.ClosesItself = at + 1 < end && html[at + 1] == '>';
                at++;
            }
            else if (IsSpace(c))
            {
                at++;
            }
            else
            {
                at = tag.ReadAttribute(html, at, end);
            }
        }

        tag.End = end;
        return tag;
    }

    public void CopyAttributes(string html, StringBuilder to)
    {
        // Of other elements it says again, or to programs, what they are for.
        var isPicture = Name == "svg" || _attributes.Exists(attribute => attribute.Name == "role" && html.AsSpan(attribute.Start, attribute.End - attribute.Start).Trim().Equals("img", StringComparison.OrdinalIgnoreCase));
        foreach (var (name, start, end) in _attributes)
        {
            if (name == "aria-label" && !isPicture && !_asked.Contains(name)) continue;
            to.Append(' ').Append(name).Append("=\"");
            foreach (var c in html.AsSpan(start, end - start))
            {
                if (c == '"') to.Append("&quot;");
                else to.Append(c);
            }

            to.Append('"');
        }
    }

    private int ReadAttribute(string html, int at, int end)
    {
        var start = at++;
        while (at < end && !IsSpace(html[at]) && html[at] is not ('/' or '>' or '=')) at++;
        var nameEnd = at;
        while (at < end && IsSpace(html[at])) at++;
        var (from, to) = (at, at);
        IsBare = false;
        Note(html.AsSpan(start, nameEnd - start), at < end && html[at] == '=');
        if (at < end && html[at] == '=')
        {
            at++;
            while (at < end && IsSpace(html[at])) at++;
            if (at < end && html[at] is '"' or '\'')
            {
                from = at + 1;
                to = html.IndexOf(html[at], from, end - from);
                if (to < 0) return end;
                at = to + 1;
            }
            else
            {
                from = at;
                while (at < end && !IsSpace(html[at]) && html[at] != '>') at++;
                to = at;
            }
        }

        Keep(html, html[start..Math.Min(nameEnd, start + 32)].ToLowerInvariant(), from, to);
        return at;
    }

    private void Note(ReadOnlySpan<char> name, bool hasValue)
    {
        var isWord = !hasValue && name.IndexOfAnyExceptInRange('a', 'z') < 0 && !HtmlNames.Bare.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
        _hasWords |= isWord;
        _hasAttributes |= !isWord;
    }

    private void Keep(string html, string name, int from, int to)
    {
        if ((Kept.Contains(name) || (Name is "ol" or "li" && KeptOfLists.Contains(name)) || (Name == "input" && KeptOfInputs.Contains(name)) || (HtmlNames.StylesOfDrawings.Contains(name) && Drawings.Contains(Name)) || _asked.Contains(name)) && !_attributes.Exists(attribute => attribute.Name == name)) _attributes.Add((name, from, to));
        else if (name == "srcdoc" && Name == "iframe") _attributes.Add((name, from, to));
        else if (name == "name" && Name == "slot") _attributes.Add((name, from, to));
        else if (name == "shadowrootmode") IsShadow = true;
        else if (name == "media") AppliesToScreens = MediaQuery.HoldsOnScreens(html.AsSpan(from, to - from));
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\f' or '\r';
}
