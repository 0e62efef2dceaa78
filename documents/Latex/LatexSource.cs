namespace Serverless.Documents.Latex;

/// <summary>A LaTeX source, in which each group and each environment knows where it ends: they are paired in one pass, so that what nobody closed costs nothing more.</summary>
internal sealed class LatexSource
{
    // Characters of an argument in brackets, of code within a line, of a link.
    private const int Longest = 500;

    private readonly ReadingScope _scope;
    private readonly Dictionary<int, int> _groups = [];
    private readonly Dictionary<int, LatexSpan> _ends = [];
    private readonly Dictionary<string, LatexSpan> _arguments = new(StringComparer.Ordinal);

    public LatexSource(string text, ReadingScope scope)
    {
        (Text, _scope) = (text, scope);
        Body = new LatexSpan(0, text.Length);
        Pair();
    }

    public string Text { get; }

    /// <summary>What is printed: the document's environment, or everything where a file is only a part of one.</summary>
    public LatexSpan Body { get; private set; }

    /// <summary>What stands in the braces of a command's first use, of those that a document says once; null where it does not.</summary>
    public LatexSpan? Argument(string command) => _arguments.TryGetValue(command, out var span) ? span : null;

    /// <summary>What a group holds that opens at a brace; null where none closes it.</summary>
    public LatexSpan? Group(int brace) => _groups.TryGetValue(brace, out var close) ? new LatexSpan(brace + 1, close) : null;

    /// <summary>The closing tag of the environment whose backslash stands at a place; null where there is none.</summary>
    public LatexSpan? End(int begin) => _ends.TryGetValue(begin, out var end) ? end : null;

    /// <summary>The name of the command at a backslash: letters and a star, or one sign.</summary>
    public string Name(int backslash)
    {
        var end = backslash + 1;
        while (end < Text.Length && (char.IsAsciiLetter(Text[end]) || Text[end] == '@')) end++;
        if (end == backslash + 1) return end < Text.Length ? Text[end].ToString() : string.Empty;
        return end < Text.Length && Text[end] == '*' ? Text[(backslash + 1)..(end + 1)] : Text[(backslash + 1)..end];
    }

    /// <summary>Where the line ends that a comment fills, and the blanks that the next begins with.</summary>
    public int AfterComment(int percent, int end)
    {
        var line = Text.IndexOf('\n', percent, end - percent);
        if (line < 0) return end;
        for (line++; line < end && Text[line] is ' ' or '\t'; line++)
        {
        }

        return line;
    }

    /// <summary>The next place that is neither a blank nor a single line end.</summary>
    public int AfterBlanks(int at, int end)
    {
        var lines = 0;
        for (; at < end && char.IsWhiteSpace(Text[at]); at++)
        {
            if (Text[at] == '\n' && ++lines > 1) break;
        }

        return at;
    }

    /// <summary>The end of code that stands between two signs of its own (<c>\verb|x|</c>), with the sign that begins it; null where its line has no second one.</summary>
    public int? EndOfVerbatim(int at, int end)
    {
        if (at >= end || char.IsLetterOrDigit(Text[at]) || char.IsWhiteSpace(Text[at])) return null;
        var line = Text.AsSpan(at + 1, Math.Min(Longest, end - at - 1));
        var close = line.IndexOfAny(Text[at] == '{' ? '}' : Text[at], '\n');
        return close >= 0 && line[close] != '\n' ? at + close + 2 : null;
    }

    private void Pair()
    {
        var groups = new Stack<int>();
        var environments = new Environments();
        for (var at = 0; at < Text.Length;)
        {
            if ((at & 0xFFF) == 0) _scope.Check();
            switch (Text[at])
            {
                case '%':
                    at = AfterComment(at, Text.Length);
                    break;
                case '{':
                    groups.Push(at++);
                    break;
                case '}':
                    if (groups.TryPop(out var open)) _groups[open] = at;
                    at++;
                    break;
                case '\\':
                    at = AfterCommand(at, environments);
                    break;
                default:
                    at++;
                    break;
            }
        }

        foreach (var command in (string[])["title", "author"])
        {
            if (_arguments.TryGetValue(command, out var brace) && Group(brace.Start) is { } group) _arguments[command] = group;
            else _arguments.Remove(command);
        }
    }

    private int AfterCommand(int at, Environments environments)
    {
        var name = Name(at);
        var after = at + 1 + name.Length;
        if (name is "verb" or "verb*" or "lstinline" or "url" or "path") return EndOfVerbatim(after, Text.Length) ?? after;
        if (name is "title" or "author" && AfterOption(after) is var brace && brace < Text.Length && Text[brace] == '{') _arguments.TryAdd(name, new LatexSpan(brace, brace));
        if (name is not ("begin" or "end") || EnvironmentAt(after) is not { } environment) return Math.Max(after, Math.Min(at + 2, Text.Length));
        after += environment.Length + 2;
        if (name == "begin")
        {
            if (!LatexNames.Verbatim.Contains(environment))
            {
                environments.Open(at, environment);
                return after;
            }

            var close = $"\\end{{{environment}}}";
            var end = environments.IsEndless(environment) ? -1 : Text.IndexOf(close, after, StringComparison.Ordinal);
            if (end < 0) return environments.After(after, environment);
            _ends[at] = new LatexSpan(end, end + close.Length);
            return end + close.Length;
        }

        if (environments.Close(environment) is not { } begun) return after;
        _ends[begun] = new LatexSpan(at, after);
        if (environment == "document") Body = new LatexSpan(begun + "\\begin{document}".Length, at);
        return after;
    }

    /// <summary>The name in the braces behind <c>\begin</c> or <c>\end</c>; null for none.</summary>
    public string? EnvironmentAt(int brace)
    {
        const int LongestName = 40;
        if (brace >= Text.Length || Text[brace] != '{') return null;
        var end = Text.IndexOf('}', brace, Math.Min(LongestName, Text.Length - brace));
        return end > brace + 1 ? Text[(brace + 1)..end] : null;
    }

    /// <summary>The place behind an argument in brackets, or the same one where there is none.</summary>
    public int AfterOption(int at)
    {
        if (at >= Text.Length || Text[at] != '[') return at;
        var depth = 0;
        for (var i = at; i < Math.Min(Text.Length, at + Longest); i++)
        {
            if (Text[i] == '\\') i++;
            else if (Text[i] == '{') depth++;
            else if (Text[i] == '}') depth--;
            else if (Text[i] == ']' && depth == 0) return i + 1;
            if (depth < 0) break;
        }

        return at;
    }

    /// <summary>Those that are open, the innermost last.</summary>
    private sealed class Environments
    {
        private readonly Stack<(int At, string Name)> _open = new();
        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
        private readonly HashSet<string> _endless = new(StringComparer.Ordinal);

        public void Open(int at, string name)
        {
            _open.Push((at, name));
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
        }

        /// <summary>Where the innermost of a name begins, with which what was left open within it closes; null where none is open.</summary>
        public int? Close(string name)
        {
            if (_counts.GetValueOrDefault(name) == 0) return null;
            while (true)
            {
                var (at, inner) = _open.Pop();
                _counts[inner]--;
                if (inner == name) return at;
            }
        }

        /// <summary>Whether its end was looked for in vain before.</summary>
        public bool IsEndless(string name) => _endless.Contains(name);

        public int After(int at, string name)
        {
            _endless.Add(name);
            return at;
        }
    }
}
