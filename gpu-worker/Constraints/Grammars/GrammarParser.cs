using Serverless.GpuWorker.Constraints.Patterns;
using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternTree;

namespace Serverless.GpuWorker.Constraints.Grammars;

/// <summary>
/// Reads a grammar in llama.cpp's notation (GBNF, grammars/README.md there), which xgrammar's EBNF is alike: <c>name ::= ...</c>, literals, classes, <c>.</c>, groups, alternatives and
/// quantifiers. A rule ends where the next one begins. Errors give the place, never the text.
/// </summary>
internal sealed class GrammarParser : NotationParser
{
    private const string Root = "root", Becomes = "::=";

    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<PatternTree?> _rules = [];

    private GrammarParser(string grammar)
        : base("grammar", grammar)
    {
    }

    /// <summary>The rules, by number; the root's is 0.</summary>
    /// <exception cref="SchemaException">The text is malformed, has what is not supported, lacks a rule or has too many.</exception>
    public static IReadOnlyList<PatternTree> Parse(string grammar)
    {
        if (grammar.Length > ConstraintLimits.FormChars)
            throw new SchemaException($"a grammar must have at most {ConstraintLimits.FormChars} characters");

        return new GrammarParser(grammar).Parse();
    }

    private IReadOnlyList<PatternTree> Parse()
    {
        NumberOf(Root);
        for (SkipSpace(); Peek() != End; SkipSpace())
        {
            int rule = NumberOf(ReadName() is { Length: > 0 } name ? name : throw Malformed("no name of a rule"));
            SkipSpace();
            if (!TakeBecomes())
                throw Malformed("a rule's name without ::= behind it");
            if (_rules[rule] is not null)
                throw Malformed("a rule of a name that has one already");

            _rules[rule] = ReadChoice();
            if (Peek() == ')')
                throw Malformed("a ')' without its '('");
        }
        if (_rules[0] is null)
            throw new SchemaException("a grammar must have a rule named root");

        return [.. _rules.Select(rule => rule ?? throw new SchemaException("a grammar must have a rule of each name that its rules mention"))];
    }

    private int NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out int number))
            return number;
        if (_rules.Count == ConstraintLimits.GrammarRules)
            throw new SchemaException($"a grammar must have at most {ConstraintLimits.GrammarRules} rules");

        _rules.Add(null);
        return _numbers[name] = _rules.Count - 1;
    }

    protected override PatternTree ReadSequence()
    {
        var parts = new List<PatternTree>();
        for (SkipSpace(); Peek() is not (End or '|' or ')') && !BeginsRule(); SkipSpace())
            parts.Add(ReadTerm());

        return new Sequence(parts);
    }

    private PatternTree ReadTerm()
    {
        // llama.cpp takes spaces before a quantifier, and one behind another.
        var body = ReadAtom();
        for (int quantifiers = 0; quantifiers <= ConstraintLimits.PatternDepth; quantifiers++)
        {
            SkipSpace();
            if (ReadQuantifier() is not var (least, most))
                return body;

            body = new Repeat(body, least, most);
        }
        throw new SchemaException($"a grammar must have at most {ConstraintLimits.PatternDepth} quantifiers behind each other");
    }

    private PatternTree ReadAtom()
    {
        if (Take('"'))
            return ReadLiteral();
        if (Take('['))
            return new Character(ReadClass());
        if (Take('.'))
            return new Character(CodePointSet.All);
        if (Take('('))
        {
            if (Peek() == '=')
                throw Unsupported("a lookahead");

            var body = ReadChoice();
            return Take(')') ? body : throw Malformed("a '(' without its ')'");
        }
        if (Peek() is '<' or '!')
            throw Unsupported("a token in place of its text");

        string name = ReadName();
        if (name.Length == 0)
            throw Malformed("what is no part of a rule");

        return Peek() == '(' ? throw Unsupported("a macro") : new Reference(NumberOf(name));
    }

    private Sequence ReadLiteral()
    {
        var characters = new List<PatternTree>();
        while (!Take('"'))
            characters.Add(new Character(Single(ReadCharacter("a '\"' without its end"))));

        return new Sequence(characters);
    }

    private CodePointSet ReadClass()
    {
        bool isNegated = Take('^');
        var ranges = new List<(int First, int Last)>();
        while (!Take(']'))
        {
            int first = ReadCharacter("a '[' without its ']'"), last = first;
            if (Peek() == '-' && Peek(1) is not (']' or End))
            {
                At++;
                last = ReadCharacter("a '[' without its ']'");
            }
            ranges.Add(first <= last ? (first, last) : throw Malformed("a range in falling order"));
        }
        var all = CodePointSet.Of(ranges);
        return isNegated ? all.Complement() : all;
    }

    private int ReadCharacter(string unended)
    {
        if (Peek() == End)
            throw Malformed(unended);

        int next = Next();
        if (next != '\\')
            return next;
        if (Peek() == End)
            throw Malformed("a backslash at its end");

        return Next() switch
        {
            'x' => Character(ReadHex(2)),
            'u' => Character(ReadHex(4)),
            'U' => Character(ReadHex(8)),
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            var other and ('\\' or '"' or '[' or ']' or '-' or '^' or '\'' or '/') => other,
            _ => throw Malformed("an escape that the notation does not have"),
        };
    }

    private (int Least, int Most)? ReadQuantifier()
    {
        if (Take('*'))
            return (0, int.MaxValue);
        if (Take('+'))
            return (1, int.MaxValue);
        if (Take('?'))
            return (0, 1);
        if (!Take('{'))
            return null;

        SkipSpace();
        int least = ReadInteger(), most = least;
        SkipSpace();
        if (Take(','))
        {
            SkipSpace();
            most = Peek() == '}' ? int.MaxValue : ReadInteger();
            SkipSpace();
        }
        if (!Take('}') || least > most)
            throw Malformed("counts that are not in rising order between braces");

        return (least, most);
    }

    private int ReadInteger()
    {
        int start = At, value = 0;
        for (; Peek() is >= '0' and <= '9'; At++)
            value = Math.Min(value * 10 + (Peek() - '0'), ConstraintLimits.Count + 1);

        return At > start ? value : throw Malformed("a '{' without a count");
    }

    /// <summary>Whether the next rule begins here.</summary>
    private bool BeginsRule()
    {
        int start = At;
        bool begins = ReadName().Length > 0;
        SkipSpace();
        begins &= TakeBecomes();
        At = start;
        return begins;
    }

    private string ReadName()
    {
        int start = At;
        while (Peek() is >= 0 and < 0x80 && (char.IsAsciiLetterOrDigit((char)Peek()) || Peek() is '-' or '_'))
            At++;

        return string.Concat(Text[start..At].Select(character => (char)character));
    }

    private bool TakeBecomes()
    {
        for (int i = 0; i < Becomes.Length; i++)
            if (Peek(i) != Becomes[i])
                return false;

        At += Becomes.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n' or '#')
        {
            if (Peek() != '#')
            {
                At++;
                continue;
            }
            while (Peek() is not ('\n' or '\r' or End))
                At++;
        }
    }
}
