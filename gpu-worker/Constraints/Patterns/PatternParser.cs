using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternTree;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// Reads a regular expression of ECMA-262 (section 22.2.1 with the u flag, and annex B.1.2's readings of <c>]</c>, <c>{</c>, <c>}</c> and <c>[\w-.]</c>),
/// as far as a finite automaton can hold to it, and what Python and Rust write for the same, which ECMA-262 has no other meaning for: <c>(?P&lt;name&gt;..)</c>, <c>\A</c>, <c>\Z</c>, <c>\z</c>.
/// What those languages read otherwise than ECMA-262 does is refused. Errors give the place, never the text.
/// </summary>
internal sealed class PatternParser : NotationParser
{

    private PatternParser(string pattern)
        : base("pattern", pattern)
    {
    }

    /// <summary>
    /// What a string must match, and must not: the lookaheads that stand at a pattern's beginning behind <c>^</c>, as generators of schemas and rules for passwords have them, ask for
    /// beginnings of their own.
    /// </summary>
    /// <exception cref="SchemaException">The text is malformed, or has what is not supported; the message names it.</exception>
    public static IReadOnlyList<PatternRule> Parse(string pattern)
    {
        if (pattern.Length > ConstraintLimits.PatternChars)
            throw new SchemaException($"pattern must have at most {ConstraintLimits.PatternChars} characters");

        var parser = new PatternParser(pattern);
        var lookaheads = parser.ReadLookaheads();
        var tree = lookaheads.Count == 0 ? parser.ReadChoice() : new Sequence([new Anchor(true), parser.ReadSequence()]);
        return parser.Peek() switch
        {
            End => [new PatternRule(tree), .. lookaheads],
            '|' => throw parser.Unsupported("a lookahead in one of several alternatives"),
            _ => throw parser.Malformed("a ')' without its '('"),
        };
    }

    /// <summary>What a text must match from its beginning to its end, as servers have it whose answers are held to a regular expression alone.</summary>
    /// <exception cref="SchemaException">The text is malformed, or has what is not supported; the message names it.</exception>
    public static IReadOnlyList<PatternRule> ParseWhole(string pattern)
    {
        bool beginsWithLookahead = pattern.StartsWith("(?=", StringComparison.Ordinal) || pattern.StartsWith("(?!", StringComparison.Ordinal);
        var rules = Parse(beginsWithLookahead ? "^" + pattern : pattern);
        return [rules[0] with { Tree = new Sequence([new Anchor(true), rules[0].Tree, new Anchor(false)]) }, .. rules.Skip(1)];
    }

    /// <summary>The lookaheads behind a first <c>^</c>; where there are none, nothing is read.</summary>
    private List<PatternRule> ReadLookaheads()
    {
        var lookaheads = new List<PatternRule>();
        int start = At;
        if (!Take('^'))
            return lookaheads;

        while (Peek() == '(' && Peek(1) == '?' && Peek(2) is '=' or '!')
        {
            bool isForbidden = Peek(2) == '!';
            At += 3;
            var body = ReadChoice();
            lookaheads.Add(Take(')') ? new PatternRule(new Sequence([new Anchor(true), body]), isForbidden) : throw Malformed("a '(' without its ')'"));
        }
        if (lookaheads.Count == 0)
            At = start;
        return lookaheads;
    }

    protected override PatternTree ReadSequence()
    {
        var parts = new List<PatternTree>();
        while (Peek() is not (End or '|' or ')'))
            parts.Add(ReadTerm());

        return parts.Count == 1 ? parts[0] : new Sequence(parts);
    }

    private PatternTree ReadTerm()
    {
        if (Take('^'))
            return new Anchor(true);
        if (Take('$'))
            return new Anchor(false);
        if (Peek() == '\\' && Peek(1) is 'A' or 'Z' or 'z')
        {
            At += 2;
            return new Anchor(Text[At - 1] == 'A');
        }
        if (Peek() == '\\' && Peek(1) is 'b' or 'B')
        {
            At += 2;
            return new Boundary(Text[At - 1] == 'B');
        }
        if (Peek() is '*' or '+' or '?' || (Peek() == '{' && ReadCounts() is not null))
            throw Malformed("a quantifier with nothing to repeat");

        var body = ReadAtom();
        if (ReadQuantifier() is not var (least, most))
            return body;

        // A lazy quantifier tries fewer first, which changes what is matched but not whether something is.
        Take('?');
        return new Repeat(body, least, most);
    }

    private (int Least, int Most)? ReadQuantifier()
    {
        if (Take('*'))
            return (0, int.MaxValue);
        if (Take('+'))
            return (1, int.MaxValue);

        return Take('?') ? (0, 1) : ReadCounts();
    }

    /// <summary>The counts in braces; null, and nothing read, where the brace stands for itself.</summary>
    private (int Least, int Most)? ReadCounts()
    {
        int start = At;
        if (Peek() == '{' && Peek(1) == ',' && Peek(2) is >= '0' and <= '9')
            throw Malformed("a count without its least, {,n}, which is {0,n}");
        if (Take('{') && ReadInteger() is { } least)
        {
            int? most = !Take(',') ? least : Peek() == '}' ? int.MaxValue : ReadInteger();
            if (most is { } bound && Take('}'))
                return least <= bound ? (least, bound) : throw Malformed("counts in falling order");
        }
        At = start;
        return null;
    }

    private int? ReadInteger()
    {
        int start = At, value = 0;
        for (; Peek() is >= '0' and <= '9'; At++)
            value = Math.Min(value * 10 + (Peek() - '0'), ConstraintLimits.Count + 1);

        return At > start ? value : null;
    }

    private PatternTree ReadAtom()
    {
        int next = Next();
        return next switch
        {
            '(' => ReadGroup(),
            '[' => new Character(ReadClass()),
            '.' => new Character(CodePointSet.Dot),
            '\\' => new Character(ReadEscape(isInClass: false).Set),
            _ => new Character(Single(next)),
        };
    }

    private PatternTree ReadGroup()
    {
        if (Take('?') && !Take(':'))
        {
            if (Take('=') || Take('!'))
                throw Unsupported("a lookahead that does not stand at its beginning, behind ^");
            bool isPython = Take('P');
            if (isPython && Peek() == '=')
                throw Unsupported("a backreference");
            if (!Take('<'))
                throw Unsupported(Peek() == '>' ? "a group that gives nothing back" : "a modifier in a group");
            if (!isPython && Peek() is '=' or '!')
                throw Unsupported("a lookbehind");
            while (Peek() is not (End or '>'))
                At++;
            if (!Take('>'))
                throw Malformed("a group's name without its end");
        }
        var body = ReadChoice();
        return Take(')') ? body : throw Malformed("a '(' without its ')'");
    }

    private CodePointSet ReadClass()
    {
        bool isNegated = Take('^');
        var ranges = new List<(int First, int Last)>();
        while (!Take(']'))
        {
            var (set, first) = ReadClassAtom();
            ranges.AddRange(set.Ranges);
            if (Peek() != '-' || Peek(1) is ']' or End)
                continue;

            At++;
            var (other, last) = ReadClassAtom();
            if (first is { } low && last is { } high)
                ranges.Add(low <= high ? (low, high) : throw Malformed("a range in falling order"));
            else
                ranges.AddRange([('-', '-'), .. other.Ranges]);
        }
        var all = CodePointSet.Of(ranges);
        return isNegated ? all.Complement() : all;
    }

    private (CodePointSet Set, int? Value) ReadClassAtom()
    {
        if (Peek() == End)
            throw Malformed("a '[' without its ']'");
        if (Peek() == '[' && Peek(1) == ':' && IsNamedClass())
            throw Unsupported("a class with a name, [:alpha:]");

        int next = Next();
        return next == '\\' ? ReadEscape(isInClass: true) : (Single(next), next);
    }

    /// <summary>Whether what stands here is a class of POSIX's, which ECMA-262 reads as its letters.</summary>
    private bool IsNamedClass()
    {
        int end = 2;
        while (Peek(end) is '^' or (>= 'a' and <= 'z'))
            end++;
        return end > 2 && Peek(end) == ':' && Peek(end + 1) == ']';
    }

    /// <summary>What follows a backslash, and its one character where it is one.</summary>
    private (CodePointSet Set, int? Value) ReadEscape(bool isInClass)
    {
        if (Peek() == End)
            throw Malformed("a backslash at its end");

        int next = Next();
        switch (next)
        {
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S':
                var set = (next | 0x20) switch { 'd' => CodePointSet.Digits, 'w' => CodePointSet.Word, _ => CodePointSet.Space };
                return (next < 'a' ? set.Complement() : set, null);
            case 'b' when isInClass:
                return One('\b');
            case 'p' or 'P':
                var property = ReadProperty();
                return (next == 'P' ? property.Complement() : property, null);
            case 'k' or (>= '1' and <= '9'):
                throw Unsupported("a backreference");
            case '0' when Peek() is not (>= '0' and <= '9'):
                return One('\0');
            case 't':
                return One('\t');
            case 'n':
                return One('\n');
            case 'v':
                return One('\v');
            case 'f':
                return One('\f');
            case 'r':
                return One('\r');
            case 'c' when Peek() is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'):
                return One(Next() & 31);
            case 'x':
                return One((int)ReadHex(2));
            case 'u':
                return One(ReadUnicode());
            case < 0x80 when char.IsAsciiLetterOrDigit((char)next):
                throw Malformed("an escape that ECMA-262 does not have");
            default:
                return One(next);
        }
    }

    /// <summary>The characters of a Unicode property, whose name stands in braces.</summary>
    private CodePointSet ReadProperty()
    {
        int start = At;
        while (Peek() is not ('}' or End))
            At++;
        if (start == Text.Length || Text[start] != '{' || !Take('}'))
            throw Malformed("a property without its name in braces");

        string name = string.Concat(Text[(start + 1)..(At - 1)].Select(character => new System.Text.Rune(character).ToString()));
        string category = name.StartsWith("General_Category=", StringComparison.Ordinal) || name.StartsWith("gc=", StringComparison.Ordinal) ? name[(name.IndexOf('=', StringComparison.Ordinal) + 1)..] : name;
        return name switch
        {
            "Any" => CodePointSet.All,
            "ASCII" => CodePointSet.Of([(0, 0x7F)]),
            _ => UnicodeCategories.Find(category) ?? throw Unsupported("a Unicode property that is no general category"),
        };
    }

    private static (CodePointSet Set, int? Value) One(int value) => (Single(value), value);

    private int ReadUnicode()
    {
        int value;
        if (Take('{'))
        {
            int digits = 0;
            for (value = 0; Peek() is not '}'; digits++)
                value = (int)Math.Min(value * 16 + ReadHex(1), CodePointSet.Last + 1);
            At++;
            if (digits == 0)
                throw Malformed("an escape without its digits");
        }
        else
        {
            value = (int)ReadHex(4);
            if (char.IsHighSurrogate((char)value) && Peek() == '\\' && Peek(1) == 'u' && Peek(2) != '{')
            {
                At += 2;
                int low = (int)ReadHex(4);
                value = char.IsLowSurrogate((char)low) ? char.ConvertToUtf32((char)value, (char)low) : value;
            }
        }
        return Character(value);
    }
}
