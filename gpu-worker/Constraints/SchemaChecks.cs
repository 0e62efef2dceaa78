using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>What must hold of a schema's nodes together, so that the automaton over them ends, and ends well.</summary>
internal static class SchemaChecks
{
    // How far a comparison of alternatives looks through properties; beyond it they count as alike.
    private const int ComparedDepth = 4;

    /// <summary>Finds every node's least height: the least fixed point, where a node that needs itself stays endless.</summary>
    public static void Measure(IReadOnlyList<SchemaNode> nodes)
    {
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (var node in nodes)
            {
                int height = node.MeasureHeight();
                if (height >= node.Height || height > ConstraintLimits.Depth)
                    continue;

                node.Height = height;
                changed = true;
            }
        }
    }

    /// <exception cref="SchemaException">No document, or none that is shallow enough, satisfies the schema.</exception>
    public static void RequireWritable(SchemaNode root)
    {
        if (root.Height > ConstraintLimits.Depth)
            throw new SchemaException($"no document of at most {ConstraintLimits.Depth} nested objects and arrays satisfies the schema: a required part contains itself, or is deeper");
    }

    /// <exception cref="SchemaException">A schema stands for itself, without an object or array between.</exception>
    public static void RequireNoCircles(IReadOnlyList<SchemaNode> nodes)
    {
        var done = new HashSet<SchemaNode>();
        foreach (var node in nodes)
            Visit(node, done, []);
    }

    /// <exception cref="SchemaException">A value may satisfy two alternatives, as far as can be told.</exception>
    public static void RequireExclusive(IReadOnlyList<SchemaNode> alternatives, string keyword)
    {
        for (int i = 0; i < alternatives.Count; i++)
            for (int j = i + 1; j < alternatives.Count; j++)
                if (!AreDisjoint(alternatives[i], alternatives[j], ComparedDepth))
                    throw new SchemaException($"{keyword} must have alternatives of different types, or with a required property of different const values; anyOf asks for less");
    }

    private static void Visit(SchemaNode node, HashSet<SchemaNode> done, HashSet<SchemaNode> path)
    {
        if (done.Contains(node))
            return;
        if (!path.Add(node))
            throw new SchemaException("$ref must not lead back to itself without an object or array between");

        foreach (var next in node.Immediate)
            Visit(next, done, path);

        path.Remove(node);
        done.Add(node);
    }

    private static bool AreDisjoint(SchemaNode a, SchemaNode b, int depth)
    {
        if (a.Immediate.Count > 0)
            return a.Immediate.All(part => AreDisjoint(part, b, depth));
        if (b.Immediate.Count > 0)
            return AreDisjoint(b, a, depth);
        if (a is LiteralNode some && b is LiteralNode others)
            return !some.Values.Any(value => others.Values.Any(other => MayEqual(value, other)));
        if (a is LiteralNode literals)
            return literals.Values.All(value => !IsOfKind(value, b));
        if (b is LiteralNode)
            return AreDisjoint(b, a, depth);
        if (a is not ObjectNode first || b is not ObjectNode second)
            return a.GetType() != b.GetType();

        return depth > 0 && first.Properties.Any(property => property.IsRequired
            && second.Properties.Any(other => other.IsRequired && other.Name == property.Name && AreDisjoint(property.Value, other.Value, depth - 1)));
    }

    private static bool MayEqual(JsonElement a, JsonElement b) => a.ValueKind == b.ValueKind && a.ValueKind switch
    {
        JsonValueKind.String => a.ValueEquals(b.GetString()),
        JsonValueKind.Number => a.GetDouble() == b.GetDouble(),
        _ => true,
    };

    private static bool IsOfKind(JsonElement value, SchemaNode node) => node switch
    {
        ObjectNode => value.ValueKind == JsonValueKind.Object,
        ArrayNode => value.ValueKind == JsonValueKind.Array,
        StringNode => value.ValueKind == JsonValueKind.String,
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
