using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Tells whether a value that is written may satisfy two schemas, as far as types, constants and properties say. Counts what it compares: a schema may name others over and over.</summary>
internal sealed class SchemaAlternatives
{
    // How far a comparison looks through properties; beyond it they count as alike.
    private const int ComparedDepth = 4;

    private long _compared;

    /// <summary>Whether no value satisfies two of the alternatives of a oneOf, as far as can be told.</summary>
    /// <exception cref="SchemaException">They are too many to compare.</exception>
    public bool AreExclusive(IReadOnlyList<SchemaNode> alternatives)
    {
        for (int i = 0; i < alternatives.Count; i++)
            for (int j = i + 1; j < alternatives.Count; j++)
                if (!AreDisjoint(alternatives[i], alternatives[j], ComparedDepth))
                    return false;

        return true;
    }

    private void Count(int comparisons)
    {
        if ((_compared += comparisons) > ConstraintLimits.Alternatives)
            throw new SchemaException("oneOf must have fewer alternatives: they are too many to compare");
    }

    private bool AreDisjoint(SchemaNode a, SchemaNode b, int depth) => a.Leaves.All(leaf => b.Leaves.All(other => AreLeavesDisjoint(leaf, other, depth)));

    private bool AreLeavesDisjoint(SchemaNode a, SchemaNode b, int depth)
    {
        Count(1);
        if (a is LiteralNode some && b is LiteralNode others)
        {
            Count(some.Values.Count * others.Values.Count);
            return !some.Values.Any(value => others.Values.Any(other => MayEqual(value, other)));
        }
        if (a is LiteralNode literals)
            return literals.Values.All(value => value.ValueKind != b.Kind);
        if (b is LiteralNode)
            return AreLeavesDisjoint(b, a, depth);
        if (a is not ObjectNode first || b is not ObjectNode second)
            return a.Kind != b.Kind;

        Count(first.Properties.Count * second.Properties.Count);
        // Where a schema forbids what the other requires, what is written as the other does not satisfy it; where it is just not written, that takes the same the other way round.
        bool isFirstWithout = Lacks(first, second), isSecondWithout = Lacks(second, first);
        if ((isFirstWithout && isSecondWithout) || (isFirstWithout && first.IsClosed) || (isSecondWithout && second.IsClosed))
            return true;

        return depth > 0 && first.Properties.Any(property => property.IsRequired
            && second.Properties.Any(other => other.IsRequired && other.Name == property.Name && AreDisjoint(property.Value, other.Value, depth - 1)));
    }

    /// <summary>Whether what is written as the one never has a property that the other requires.</summary>
    private static bool Lacks(ObjectNode written, ObjectNode required) => required.Properties.Any(property => property.IsRequired && !written.MayName(property.Name));

    private static bool MayEqual(JsonElement a, JsonElement b) => a.ValueKind == b.ValueKind && a.ValueKind switch
    {
        JsonValueKind.String => a.ValueEquals(b.GetString()),
        JsonValueKind.Number => a.GetDouble() == b.GetDouble(),
        _ => true,
    };

}
