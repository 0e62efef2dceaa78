using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What schemas say of a string. Each pattern is made into an automaton once, however often the schema has it.</summary>
internal sealed class StringSchemas(ReadingBudget budget)
{
    private readonly Dictionary<string, PatternAutomaton> _automata = [];
    private readonly Dictionary<(PatternAutomaton Automaton, int Least, int Most), PatternNode> _nodes = [];

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported; or no string satisfies all.</exception>
    public SchemaNode Read(SchemaParts parts)
    {
        int least = parts.Least("minLength"), most = parts.Most("maxLength");
        if (least > most)
            throw SchemaException.Contradiction("minLength must not exceed maxLength");

        string[] patterns = [.. parts.All("pattern").Select(Text).Concat(parts.All("format").Select(StringFormats.PatternOf)).Distinct().Order(StringComparer.Ordinal)];
        if (patterns.Length == 0)
            return new StringNode(least, most);

        var automaton = Automaton(patterns);
        if (!_nodes.TryGetValue((automaton, least, most), out var node))
            _nodes[(automaton, least, most)] = node = new PatternNode(automaton, new PatternLengths(automaton, least, most, budget));

        return node;
    }

    private static string Text(JsonElement pattern) => pattern.ValueKind == JsonValueKind.String ? pattern.GetString()! : throw new SchemaException("pattern must be a string");

    private PatternAutomaton Automaton(string[] patterns)
    {
        string key = JsonSerializer.Serialize(patterns);
        if (!_automata.TryGetValue(key, out var automaton))
            _automata[key] = automaton = PatternDeterminizer.Run(new PatternNetwork([.. patterns.Select(PatternParser.Parse)]), budget);

        return automaton;
    }
}
