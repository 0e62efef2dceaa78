namespace Serverless.GpuWorker.Constraints;

/// <summary>A value of any of several schemas; all that fit what has been written so far are kept in view.</summary>
internal sealed class UnionNode(IReadOnlyList<SchemaNode> alternatives) : SchemaNode
{
    public override IReadOnlyList<SchemaNode> Immediate => alternatives;

    public override int MeasureHeight() => alternatives.Min(alternative => alternative.Height);

    public override void Begin(Frame after, byte first, Successors successors)
    {
        // Not the alternatives themselves: those of those of them may be the same ones, twice as often a level.
        foreach (var alternative in Leaves)
            if (alternative.Fits(after))
                alternative.Begin(after, first, successors);
    }

    public override void Step(Frame frame, byte next, Successors successors) => throw new InvalidOperationException("A union has no places of its own.");
}
