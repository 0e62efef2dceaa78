namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>A value of any of several schemas; all that fit what has been written so far are kept in view.</summary>
internal sealed class UnionNode(IReadOnlyList<SchemaNode> alternatives) : SchemaNode
{
    public override IReadOnlyList<SchemaNode> Immediate => alternatives;

    public override int MeasureHeight() => alternatives.Min(alternative => alternative.Height);

    public override void Begin(Frame after, byte first, Successors successors) => successors.BeginLeaves(this, after, first);

    public override void Step(Frame frame, byte next, Successors successors) => throw new InvalidOperationException("A union has no places of its own.");
}
