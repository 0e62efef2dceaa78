using System.Globalization;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What schemas say of a string. Each pattern is made into an automaton once, however often the schema has it.</summary>
internal sealed class StringSchemas(ReadingBudget budget)
{
    private readonly Dictionary<string, PatternAutomaton> _automata = [];

    // Of one pattern each; null where nothing matches it.
    private readonly Dictionary<string, PatternAutomaton?> _single = [];
    private readonly Dictionary<(PatternAutomaton Automaton, int Least, int Most), PatternNode> _nodes = [];

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported.</exception>
    public static StringRule RuleOf(SchemaParts parts)
    {
        var lengths = new StringRule([], parts.Least("minLength"), parts.Most("maxLength"));
        if (lengths.Least > lengths.Most)
            throw SchemaException.Contradiction("minLength must not exceed maxLength");

        var formats = parts.All("format").Select(StringFormats.PatternOf).Concat(parts.All("contentEncoding").Select(StringFormats.PatternOfEncoding)).OfType<string>();
        string[] not = [.. parts.All(SchemaKeywords.NotMatching).Select(Text).Distinct().Order(StringComparer.Ordinal)];
        string[] except = [.. parts.All(SchemaKeywords.NoneOf).SelectMany(list => list.EnumerateArray()).Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)
            .Distinct().Order(StringComparer.Ordinal)];
        lengths = lengths with { Not = not.Length == 0 ? null : not, Except = except.Length == 0 ? null : except };
        return lengths.With(parts.All("pattern").Select(Text).Concat(formats));
    }

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported; or no string satisfies all.</exception>
    public SchemaNode Read(SchemaParts parts)
    {
        var rule = RuleOf(parts);
        return rule.IsOfLengths ? new StringNode(rule.Least, rule.Most) : Node(rule, [], []);
    }

    /// <summary>The names that satisfy a rule, match none of some patterns and are none of some others; null where there are none.</summary>
    /// <exception cref="SchemaException">A pattern is malformed, or too large.</exception>
    public SchemaNode? Names(StringRule rule, IReadOnlyList<string> not, IReadOnlyCollection<string> except)
    {
        try
        {
            return rule.IsOfLengths && not.Count + except.Count == 0 ? new StringNode(rule.Least, rule.Most) : Node(rule, not, except);
        }
        catch (SchemaException exception) when (exception.IsContradiction)
        {
            return null;
        }
    }

    /// <summary>The strings that satisfy a rule, their lengths included: as one automaton, and how many they are. Bounded ones are of <see cref="ConstraintLimits.DistinctChars"/> at most.</summary>
    /// <exception cref="SchemaException">A pattern is malformed or too large; or no string satisfies all.</exception>
    public (PatternAutomaton Automaton, PatternCounts Counts) Counted(StringRule rule)
    {
        if (rule.Least > ConstraintLimits.DistinctChars)
            throw new SchemaException($"minLength must be at most {ConstraintLimits.DistinctChars} where uniqueItems is true");

        string most = rule.Most == int.MaxValue ? "" : Math.Min(rule.Most, ConstraintLimits.DistinctChars).ToString(CultureInfo.InvariantCulture);
        var whole = rule.Least == 0 && most.Length == 0 ? rule : rule.With([string.Create(CultureInfo.InvariantCulture, $"^[^]{{{rule.Least},{most}}}$")]);
        var automaton = Automaton(whole.Patterns, whole.Not ?? [], whole.Except ?? []);
        return (automaton, new PatternCounts(automaton, budget));
    }

    /// <exception cref="SchemaException">A pattern is malformed, or too large.</exception>
    public bool Permits(StringRule rule, string text) =>
        text.EnumerateRunes().Count() is var length && length >= rule.Least && length <= rule.Most && rule.Patterns.All(pattern => Matches(pattern, text))
        && rule.Not?.Any(pattern => Matches(pattern, text)) != true && rule.Except?.Contains(text) != true;

    /// <exception cref="SchemaException">The pattern is malformed, or too large.</exception>
    public bool Matches(string pattern, string text)
    {
        if (!_single.TryGetValue(pattern, out var automaton))
            _single[pattern] = automaton = Single(pattern);

        return automaton?.Accepts(text) ?? false;
    }

    private static string Text(JsonElement pattern) => pattern.ValueKind == JsonValueKind.String ? pattern.GetString()! : throw new SchemaException("pattern must be a string");

    private PatternAutomaton? Single(string pattern)
    {
        try
        {
            return Automaton([pattern], [], []);
        }
        catch (SchemaException exception) when (exception.IsContradiction)
        {
            return null;
        }
    }

    private PatternNode Node(StringRule rule, IReadOnlyList<string> not, IReadOnlyCollection<string> except)
    {
        var automaton = Automaton(rule.Patterns, [.. not.Union(rule.Not ?? [])], [.. except.Union(rule.Except ?? [])]);
        if (!_nodes.TryGetValue((automaton, rule.Least, rule.Most), out var node))
            _nodes[(automaton, rule.Least, rule.Most)] = node = new PatternNode(automaton, new PatternLengths(automaton, rule.Least, rule.Most, budget));

        return node;
    }

    private PatternAutomaton Automaton(IReadOnlyList<string> patterns, IReadOnlyList<string> not, IReadOnlyCollection<string> except)
    {
        string key = JsonSerializer.Serialize(new[] { patterns, not, except });
        if (_automata.TryGetValue(key, out var automaton))
            return automaton;

        var rules = patterns.SelectMany(PatternParser.Parse).ToList();
        // None matches a pattern where one of what that asks for is missing.
        foreach (string pattern in not)
            rules.Add(PatternParser.Parse(pattern) is [var only] ? only with { IsForbidden = !only.IsForbidden } : throw new SchemaException("patternProperties with other names beside theirs, and pattern within not and if, must have patterns without lookaheads"));

        if (except.Count > 0)
            rules.Add(new PatternRule(PatternTree.Whole(except), IsForbidden: true));

        return _automata[key] = PatternDeterminizer.Run(new PatternNetwork(rules), budget);
    }
}
