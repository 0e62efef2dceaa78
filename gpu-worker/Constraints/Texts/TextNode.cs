using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Texts;

/// <summary>What an answer is that is no JSON document: its bytes are those of its text, without marks or escapes. It stands in no other node.</summary>
internal abstract class TextNode : SchemaNode
{
    /// <summary>Before the first byte, and between two characters.</summary>
    protected const int Between = 0;

    public sealed override int StartPhase => Between;

    public override int MeasureHeight() => 0;

    public sealed override void Begin(Frame after, byte first, Successors successors) => throw new InvalidOperationException("A text stands in no document.");
}
