using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Reads what schemas say of an array into its node; of its items <paramref name="reader"/> reads what they say.</summary>
internal sealed class ArrayReader(SchemaReader reader, SchemaCollector collector)
{
    /// <exception cref="SchemaException">What they say leaves no array, or is not supported.</exception>
    public SchemaNode Read(SchemaParts parts)
    {
        int least = parts.Least("minItems"), most = parts.Most("maxItems");
        if (least > most)
            throw SchemaException.Contradiction("minItems must not exceed maxItems");

        var schemas = new ArraySchemas(parts, collector);
        if (schemas.Contained is { } contained)
            return ReadContaining(schemas, contained, least, most);
        if (schemas.AreDistinct && most > 1)
            return ReadDistinct(schemas, least, most);

        var first = new List<SchemaNode>();
        while (first.Count < Math.Min(schemas.Places, most) && schemas.At(first.Count) is { } own)
            first.Add(reader.ReadNode(own));

        // Without a word about others, an array that names its first items is written with those alone, unless there must be more.
        bool isClosed = first.Count < schemas.Places || (schemas.Places > 0 && !schemas.NamesOthers && least <= first.Count);
        var others = isClosed || most == first.Count ? null : schemas.At(schemas.Places);
        if (others is null)
            most = Math.Min(most, first.Count);
        if (least > most)
            throw SchemaException.Contradiction("minItems must be no more than the items that prefixItems and items permit");

        return reader.Keep(new ArrayNode(first, others is null ? reader.Any() : reader.ReadNode(others), least, most));
    }

    private ContainingArrayNode ReadContaining(ArraySchemas schemas, ContainRule rule, int least, int most)
    {
        if (schemas is not { Places: 0, AreDistinct: false })
            throw new SchemaException("contains beside prefixItems or uniqueItems is not supported");

        SchemaException? contradiction = null;
        var items = schemas.At(0);
        var contained = items is null ? null : reader.TryRead([.. items, rule.Schema], SchemaChoices.None, ref contradiction);
        if (contained is null && rule.Least > 0)
            throw contradiction ?? SchemaException.Contradiction("contains must be satisfied by some item that items permits");

        // Where the most that is contained is no bound, the rest may as well be.
        var rest = items is null ? null : reader.TryRead(rule.Most == int.MaxValue ? items : [.. items, collector.Negation(rule.Schema)], SchemaChoices.None, ref contradiction);
        int mostContained = contained is null ? 0 : rule.Most;
        if (rest is null)
            most = Math.Min(most, mostContained);
        if (Math.Max(least, rule.Least) > most || rule.Least > mostContained)
            throw SchemaException.Contradiction("minItems and minContains must be no more than maxItems, maxContains and what items and contains permit");

        return reader.Keep(new ContainingArrayNode(contained ?? reader.Any(), rest, least, most, rule.Least, mostContained));
    }

    private SchemaNode ReadDistinct(ArraySchemas schemas, int least, int most)
    {
        var all = schemas is { Places: 0 } ? schemas.At(0) : null;
        if (all is not null && reader.TextsOf(all) is var (automaton, counts, areStrings))
        {
            return least <= counts.From(PatternAutomaton.Start, CharacterSpelling.Between)
                ? reader.Keep(new DistinctTextsNode(automaton, counts, areStrings, least, most))
                : throw FewValues();
        }
        var items = all is null ? null : reader.ReadNode(all);
        if ((items as ReferenceNode)?.Target is { } target)
            items = target;
        if (items is not LiteralNode { Values.Count: <= ConstraintLimits.DistinctValues } literals)
            throw new SchemaException($"uniqueItems is supported where items are strings or integers without bounds, or have an enum or const of at most {ConstraintLimits.DistinctValues} values, and prefixItems has nothing");

        var values = new List<JsonElement>();
        foreach (var value in literals.Values)
            if (!values.Exists(other => JsonElement.DeepEquals(value, other)))
                values.Add(value);

        return least <= values.Count ? reader.Keep(new DistinctArrayNode(values, least, Math.Min(most, values.Count))) : throw FewValues();
    }

    private static SchemaException FewValues() => SchemaException.Contradiction("minItems must be no more than the different values that items has, where uniqueItems is true");
}
