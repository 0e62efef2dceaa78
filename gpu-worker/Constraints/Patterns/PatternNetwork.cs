using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternTree;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// Patterns as one nondeterministic automaton (Thompson, Regular Expression Search Algorithm, CACM 1968). A pattern matches anywhere in a string
/// (JSON Schema Validation 2020-12, section 6.3.3): before it any characters may pass.
/// </summary>
internal sealed class PatternNetwork
{
    public const int Match = 0;

    private readonly List<Part> _parts = [new(PartKind.Match, null, Match, Match)];
    private readonly Dictionary<string, CodePointSet> _sets = [];

    /// <exception cref="SchemaException">Written out, the patterns have too many parts.</exception>
    public PatternNetwork(IReadOnlyList<PatternRule> patterns)
    {
        if (patterns.Sum(pattern => SizeOf(pattern.Tree)) > ConstraintLimits.PatternParts)
            throw new SchemaException($"pattern must have at most {ConstraintLimits.PatternParts} parts, counted repetitions written out");

        Starts = [.. patterns.Select(pattern => Anywhere(pattern.Tree))];
        AreForbidden = [.. patterns.Select(pattern => pattern.IsForbidden)];
    }

    private PatternNetwork(IReadOnlyList<PatternTree> rules)
    {
        if (rules.Sum(SizeOf) > ConstraintLimits.PatternParts)
            throw new SchemaException($"a grammar must have at most {ConstraintLimits.PatternParts} parts, counted repetitions written out");

        Starts = [.. rules.Select(rule => Build(rule, Match))];
        AreForbidden = [];
    }

    public enum PartKind
    {
        Match,
        Character,
        Split,
        Start,
        End,

        /// <summary>A word's border; <see cref="Part.Other"/> is 1 for what is none.</summary>
        Boundary,

        /// <summary>A text of the rule whose number is <see cref="Part.Other"/>.</summary>
        Rule,
    }

    /// <summary>The rules of a grammar, each of which matches where it begins.</summary>
    /// <exception cref="SchemaException">Written out, they have too many parts.</exception>
    public static PatternNetwork OfRules(IReadOnlyList<PatternTree> rules) => new(rules);

    /// <summary>Where each pattern begins.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>Whether each pattern is one that a string must not match.</summary>
    public IReadOnlyList<bool> AreForbidden { get; }

    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Whether some part is a word's border.</summary>
    public bool HasBoundaries { get; private set; }

    /// <summary>Each set of characters that a part asks for, once.</summary>
    public IReadOnlyCollection<CodePointSet> Sets => _sets.Values;

    /// <summary>Parts as <see cref="Build"/> makes them, or a number that is too high.</summary>
    private static double SizeOf(PatternTree tree) => tree switch
    {
        Sequence sequence => sequence.Parts.Sum(SizeOf),
        Choice choice => choice.Alternatives.Sum(part => SizeOf(part) + 1),
        Repeat { Most: int.MaxValue } repeat => (SizeOf(repeat.Body) + 1) * (repeat.Least + 1.0),
        Repeat repeat => (SizeOf(repeat.Body) + 1) * repeat.Most,
        _ => 1,
    };

    private int Anywhere(PatternTree pattern)
    {
        int start = Add(PartKind.Split, null, Build(pattern, Match), Match);
        int any = Add(PartKind.Character, Same(CodePointSet.All), start, Match);
        _parts[start] = _parts[start] with { Other = any };
        return start;
    }

    /// <summary>The part at which a text of the tree begins, after which <paramref name="next"/> goes on.</summary>
    private int Build(PatternTree tree, int next)
    {
        switch (tree)
        {
            case Character character:
                return Add(PartKind.Character, Same(character.Set), next, next);
            case Anchor anchor:
                return Add(anchor.IsStart ? PartKind.Start : PartKind.End, null, next, next);
            case Boundary boundary:
                // Words and others are told apart.
                HasBoundaries = true;
                Same(CodePointSet.Word);
                return Add(PartKind.Boundary, null, next, boundary.IsNegated ? 1 : 0);
            case Reference reference:
                return Add(PartKind.Rule, null, next, reference.Rule);
            case Sequence sequence:
                for (int i = sequence.Parts.Count - 1; i >= 0; i--)
                    next = Build(sequence.Parts[i], next);
                return next;
            case Choice choice:
                int chosen = Build(choice.Alternatives[^1], next);
                for (int i = choice.Alternatives.Count - 2; i >= 0; i--)
                    chosen = Add(PartKind.Split, null, Build(choice.Alternatives[i], next), chosen);
                return chosen;
            default:
                return BuildRepeat((Repeat)tree, next);
        }
    }

    private int BuildRepeat(Repeat repeat, int next)
    {
        int at = next;
        if (repeat.Most == int.MaxValue)
        {
            at = Add(PartKind.Split, null, next, next);
            _parts[at] = _parts[at] with { Next = Build(repeat.Body, at) };
        }
        else
        {
            for (int i = repeat.Least; i < repeat.Most; i++)
                at = Add(PartKind.Split, null, Build(repeat.Body, at), next);
        }
        for (int i = 0; i < repeat.Least; i++)
            at = Build(repeat.Body, at);

        return at;
    }

    private int Add(PartKind kind, CodePointSet? set, int next, int other)
    {
        _parts.Add(new Part(kind, set, next, other));
        return _parts.Count - 1;
    }

    private CodePointSet Same(CodePointSet set) => _sets.TryGetValue(set.Key, out var known) ? known : _sets[set.Key] = set;

    /// <param name="Set">Of a character.</param>
    /// <param name="Other">Of a split, and of a rule its number.</param>
    public sealed record Part(PartKind Kind, CodePointSet? Set, int Next, int Other);
}
