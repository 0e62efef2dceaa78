namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>A <c>$ref</c>: stands for another node, perhaps one around it.</summary>
internal sealed class ReferenceNode : SchemaNode
{
    public SchemaNode? Target { get; set; }

    public override IReadOnlyList<SchemaNode> Immediate => [Target!];

    public override int MeasureHeight() => Target!.Height;

    public override void Begin(Frame after, byte first, Successors successors) => successors.BeginLeaves(this, after, first);

    public override void Step(Frame frame, byte next, Successors successors) => throw new InvalidOperationException("A reference has no places of its own.");
}
