using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>What must hold of a schema's nodes together, so that the automaton over them ends, and ends well.</summary>
internal static class SchemaChecks
{
    /// <summary>Finds every node's least height: the least fixed point, where a node that needs itself stays endless.</summary>
    public static void Measure(IReadOnlyCollection<SchemaNode> nodes)
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

    /// <summary>Finds every node's <see cref="SchemaNode.Leaves"/>, and what they begin with.</summary>
    /// <exception cref="SchemaException">A schema stands for itself, without an object or array between; or there are too many alternatives.</exception>
    public static void FindLeaves(IReadOnlyCollection<SchemaNode> nodes)
    {
        int alternatives = 0;
        foreach (var node in nodes)
            Visit(node, [], ref alternatives);
    }

    private static void Visit(SchemaNode node, HashSet<SchemaNode> path, ref int alternatives)
    {
        if (node.Leaves.Count > 0)
            return;
        if (!path.Add(node))
            throw new SchemaException("$ref must not lead back to itself without an object or array between");

        foreach (var next in node.Immediate)
            Visit(next, path, ref alternatives);

        path.Remove(node);
        node.Leaves = node.Immediate.Count switch
        {
            0 => [node],
            1 => node.Immediate[0].Leaves,
            _ => [.. node.Immediate.SelectMany(next => next.Leaves).Distinct()],
        };
        if (node.Immediate.Count > 1 && (alternatives += node.Leaves.Count) > ConstraintLimits.Alternatives)
            throw new SchemaException($"a schema must have at most {ConstraintLimits.Alternatives} alternatives, those of alternatives counted");

        if (node.Immediate.Count > 1)
            RequireFewPatterns(node.Leaves);

        node.LeavesByFirst = node.Immediate.Count == 1 ? node.Immediate[0].LeavesByFirst : node.Leaves.Count > 1 ? new FirstBytes(node.Leaves) : FirstBytes.None;
    }

    /// <summary>More would not be kept in view: better said than left out.</summary>
    private static void RequireFewPatterns(IReadOnlyList<SchemaNode> leaves)
    {
        var patterns = new PatternsInView();
        bool areFew = leaves.Select(leaf => leaf.Automaton).OfType<PatternAutomaton>().All(automaton => patterns.TryAdd(automaton, 0));
        int strings = leaves.Count(leaf => leaf.FirstBytes.Contains((byte)'"'));
        if (!areFew || (!patterns.IsEmpty && strings > patterns.Readings))
            throw new SchemaException($"anyOf and oneOf must have fewer alternatives that are strings where some have a pattern or format, or smaller ones: {patterns.Readings} beside these, whose states multiply to at most {ConstraintLimits.StatesInView}");
    }
}
