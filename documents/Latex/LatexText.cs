using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Serverless.Documents.Latex;

/// <summary>Goes through a LaTeX source and writes down what is printed of it.</summary>
internal sealed class LatexText(LatexSource source, ExtractedTextBuilder? builder, ReadingScope scope, int depth = 0)
{
    // Of what stands in arguments of arguments: each level reads what is in it once more.
    private const int MaxDepth = 12;
    private const int MaxFormula = 10_000;

    private readonly string _text = source.Text;
    private readonly StringBuilder _line = new();

    // Up to where a formula's end was looked for in vain.
    private readonly Dictionary<string, int> _unclosed = new(StringComparer.Ordinal);
    private readonly Stack<(bool IsNumbered, int Items)> _lists = new();

    public void Add(LatexSpan span)
    {
        for (var at = span.Start; at < span.End;)
        {
            if ((at & 0xFF) == 0) scope.Check();
            at = Math.Max(at + 1, Step(at, span.End));
        }

        Flush();
    }

    /// <summary>What is printed of a stretch, on one line.</summary>
    public string Inline(LatexSpan span)
    {
        if (depth >= MaxDepth) return string.Empty;
        var inner = new LatexText(source, null, scope, depth + 1);
        inner.Add(span);
        return ExtractedTextBuilder.OneLine(inner._line.ToString());
    }

    private int Step(int at, int end)
    {
        switch (_text[at])
        {
            case '%':
                return source.AfterComment(at, end);
            case '\\':
                return Command(at, end);
            case '$':
                return Formula(at, end, at + 1 < end && _text[at + 1] == '$' ? "$$" : "$");
            case '{' or '}':
                return at + 1;
            case '~':
                Space();
                return at + 1;
            case '\n' when source.AfterBlanks(at, end) is var next && next < end && _text[next] == '\n':
                Flush();
                return next;
            case var c when char.IsWhiteSpace(c):
                Space();
                return at + 1;
            default:
                return Letters(at, end);
        }
    }

    // Signs that are written with several: quotation marks, dashes.
    private int Letters(int at, int end)
    {
        var rest = _text.AsSpan(at, end - at);
        var (shown, length) = rest switch
        {
            ['-', '-', '-', ..] => ("—", 3),
            ['-', '-', ..] => ("–", 2),
            ['`', '`', ..] => ("“", 2),
            ['\'', '\'', ..] => ("”", 2),
            ['`', ..] => ("‘", 1),
            ['\'', ..] => ("’", 1),
            _ => (null, 1),
        };
        if (shown is null) _line.Append(_text[at]);
        else _line.Append(shown);
        return at + length;
    }

    private int Command(int at, int end)
    {
        var name = source.Name(at);
        var after = Math.Min(end, at + 1 + name.Length);
        switch (name)
        {
            case "begin" when source.EnvironmentAt(after) is { } environment:
                return Begin(environment, at, after + environment.Length + 2, end);
            case "end" when source.EnvironmentAt(after) is { } environment:
                Flush();
                if (IsList(environment) && _lists.TryPop(out _) && _lists.Count == 0) builder?.AddGap();
                return after + environment.Length + 2;
            case "(" or "[":
                return Formula(at, end, name == "(" ? "\\)" : "\\]");
            case "verb" or "verb*" or "lstinline" or "url" or "path" when source.EndOfVerbatim(after, end) is { } close:
                _line.Append(_text, after + 1, close - after - 2);
                return close;
            case "iffalse":
                return _text.IndexOf("\\fi", after, end - after, StringComparison.Ordinal) is >= 0 and var fi ? fi + 3 : end;
            case "def" or "gdef" or "edef" or "let":
                return AfterDefinition(after, end);
            case "item":
                return Item(after);
            case "bibitem" or "par" or "newpage" or "clearpage" or "maketitle":
                Flush();
                break;
            case "\\" or "\\*" or "tabularnewline":
                _line.Append('\n');
                return source.AfterOption(after);
            case "footnote" or "footnotetext" or "caption" or "caption*" when Argument(source.AfterOption(after), end) is { } argument:
                AddNote(name, argument);
                return argument.End + 1;
        }

        if (LatexNames.Headings.TryGetValue(name.TrimEnd('*'), out var level) && Argument(source.AfterOption(after), end) is { } title)
        {
            AddHeading(level, Inline(title));
            return title.End + 1;
        }

        if (LatexNames.Accents.TryGetValue(name, out var mark) && Accent(mark, after, end) is { } behind) return behind;
        if (LatexNames.Signs.TryGetValue(name, out var sign))
        {
            if (sign[0] == ';' && _line.Length > 0 && _line[^1] == ' ') _line.Length--;
            _line.Append(sign);
            // The blank behind a name only ends it.
            return char.IsAsciiLetter(name[0]) ? source.AfterBlanks(after, end) : after;
        }

        var next = AfterArguments(name.TrimEnd('*'), after, end);
        // "as shown~\cite{it}." is "as shown."
        if (LatexNames.Unprinted.ContainsKey(name.TrimEnd('*')) && next < end && _text[next] is '.' or ',' or ';' or ')' && _line.Length > 0 && _line[^1] == ' ') _line.Length--;
        return next;
    }

    private int Begin(string environment, int at, int after, int end)
    {
        Flush();
        var close = source.End(at);
        if (close is not null && close.Value.End > end) close = null;
        if (LatexNames.Dropped.Contains(environment)) return close?.End ?? after;
        if (LatexNames.Formulas.Contains(environment) && close is { } last)
        {
            Block(_text[at..last.End]);
            return last.End;
        }

        after = AfterArguments("begin " + environment, after, end);
        if (LatexNames.Verbatim.Contains(environment) && close is { } code)
        {
            if (builder is null) _line.Append(_text, after, Math.Max(0, code.Start - after));
            else builder.AddCode(_text[after..Math.Max(after, code.Start)]);
            return code.End;
        }

        if (LatexNames.Tables.Contains(environment) && close is { } rows)
        {
            var table = LatexTable.Read(source, new LatexSpan(after, Math.Max(after, rows.Start)), this);
            if (builder is null) foreach (var row in table) _line.Append(string.Join(' ', row)).Append(' ');
            else if (table.Count > 0) builder.AddTable(table);
            return rows.End;
        }

        if (IsList(environment)) _lists.Push((environment is "enumerate" or "compactenum", 0));
        if (environment == "frame" && Argument(after, end) is { } slide)
        {
            AddHeading(LatexNames.Headings["frametitle"], Inline(slide));
            return slide.End + 1;
        }

        if (environment == "abstract") AddHeading(LatexNames.Headings["section"], "Abstract");
        if (environment == "thebibliography") AddHeading(LatexNames.Headings["section"], "References");
        return after;
    }

    private static bool IsList(string environment) => environment is "itemize" or "enumerate" or "description" or "list" or "compactitem" or "compactenum";

    private int Item(int after)
    {
        Flush();
        var behind = source.AfterOption(after);
        if (behind > after) _line.Append(Inline(new LatexSpan(after + 1, behind - 1))).Append(' ');
        else if (_lists.TryPop(out var open))
        {
            if (open.IsNumbered) _line.Append(CultureInfo.InvariantCulture, $"{open.Items + 1}. ");
            _lists.Push(open with { Items = open.Items + 1 });
        }

        return behind;
    }

    private void AddNote(string name, LatexSpan argument)
    {
        if (name.StartsWith("caption", StringComparison.Ordinal))
        {
            Flush();
            Block(Inline(argument));
        }
        else
        {
            _line.Append(" (").Append(Inline(argument)).Append(')');
        }
    }

    private void AddHeading(int level, string title)
    {
        Flush();
        if (builder is null) _line.Append(title).Append(' ');
        else builder.AddHeading(level, title);
    }

    // What stands between signs of formulas stays, with the signs; a sign that nothing closes is one.
    private int Formula(int at, int end, string close)
    {
        var from = at + close.Length;
        var stretch = at < _unclosed.GetValueOrDefault(close) ? 0 : Math.Min(MaxFormula, end - from);
        for (var i = from; i < from + stretch; i++)
        {
            if (string.CompareOrdinal(_text, i, close, 0, close.Length) == 0)
            {
                _line.Append(_text, at, i + close.Length - at);
                return i + close.Length;
            }

            // A paragraph ends formulas too; a backslash takes the next sign with it.
            if (_text[i] == '\n' && source.AfterBlanks(i, end) is var next && next < end && _text[next] == '\n') break;
            if (_text[i] == '\\') i++;
        }

        if (stretch > 0) _unclosed[close] = from + stretch;
        _line.Append(close[0] == '$' ? "$" : string.Empty);
        return at + (close[0] == '$' ? 1 : 2);
    }

    private int? Accent(char mark, int after, int end)
    {
        var at = source.AfterBlanks(after, end);
        var isGroup = at < end && _text[at] == '{';
        if (isGroup) at++;
        // \'{\i}: the letter without its dot.
        var letter = at < end && _text[at] == '\\' ? source.Name(at) : at < end ? _text[at].ToString() : string.Empty;
        var length = at < end && _text[at] == '\\' ? letter.Length + 1 : 1;
        if (letter.Length != 1 || !char.IsLetter(letter[0])) return null;
        _line.Append(ENSNormalize.NF.NFC($"{letter}{mark}"));
        at += length;
        return isGroup && at < end && _text[at] == '}' ? at + 1 : at;
    }

    private int AfterDefinition(int after, int end)
    {
        const int Longest = 200;
        var stretch = _text.AsSpan(after, Math.Min(Longest, end - after));
        var stop = stretch.IndexOfAny('{', '\n');
        if (stop < 0) return after + stretch.Length;
        return stretch[stop] == '{' && source.Group(after + stop) is { } body ? Math.Min(end, body.End + 1) : after + stop;
    }

    // A command's own arguments that are not printed; what stands in the others is.
    private int AfterArguments(string name, int after, int end)
    {
        LatexNames.Unprinted.TryGetValue(name, out var count);
        for (var at = after; ;)
        {
            var next = at < end && _text[at] == '(' && name == "cmidrule" && _text.IndexOf(')', at) is > 0 and var round ? round + 1 : source.AfterOption(at);
            if (next > at)
            {
                at = next;
                continue;
            }

            var brace = source.AfterBlanks(at, end);
            if (count == 0 || brace >= end) return at;
            if (_text[brace] == '{' && source.Group(brace) is { } group) at = Math.Min(end, group.End + 1);
            // \newcommand\name{...}: a name without braces is an argument too.
            else if (_text[brace] == '\\' && name.EndsWith("command", StringComparison.Ordinal)) at = brace + 1 + source.Name(brace).Length;
            else return at;
            count--;
        }
    }

    private LatexSpan? Argument(int at, int end) =>
        source.AfterBlanks(at, end) is var brace && brace < end && _text[brace] == '{' && source.Group(brace) is { } group && group.End < end ? group : null;

    private void Space()
    {
        if (_line.Length > 0 && !char.IsWhiteSpace(_line[^1])) _line.Append(' ');
    }

    private void Block(string text)
    {
        if (builder is null) _line.Append(text).Append(' ');
        else builder.AddBlock(text);
    }

    private void Flush()
    {
        if (builder is null)
        {
            Space();
            return;
        }

        builder.AddBlock(string.Join('\n', _line.ToString().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)), apart: _lists.Count == 0);
        _line.Clear();
    }
}
