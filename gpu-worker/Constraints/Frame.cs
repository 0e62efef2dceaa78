using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// A place in a document: where in its schema node, and in which places around it. Immutable, and one instance for each place
/// (<see cref="FrameTable"/>), so that going back to the place around is a pointer.
/// </summary>
/// <param name="parent">The place that goes on when this value is complete; null for the end of the document.</param>
/// <param name="node">Null for the end of the document.</param>
/// <param name="phase">The node's own; <see cref="Expecting"/> before the value's first byte.</param>
/// <param name="a">The node's own counter.</param>
/// <param name="b">Another; whitespace in a row, mostly.</param>
/// <param name="text">What the node keeps of the text so far, compared by value; null for nothing.</param>
internal sealed class Frame(long id, Frame? parent, SchemaNode? node, int phase, int a, int b, object? text)
{
    /// <summary>The phase of every node before its value begins; <see cref="A"/> counts whitespace.</summary>
    public const int Expecting = -1;

    public long Id { get; } = id;

    public Frame? Parent { get; } = parent;

    public SchemaNode? Node { get; } = node;

    public int Phase { get; } = phase;

    public int A { get; } = a;

    public int B { get; } = b;

    public object? Text { get; } = text;

    /// <summary>Objects and arrays that are open here, this one included.</summary>
    public int Depth { get; } = (parent?.Depth ?? 0) + (node is { IsContainer: true } && phase != Expecting ? 1 : 0);

    /// <summary>The state of this place alone, once there is one.</summary>
    public ConstraintState? Alone { get; set; }

    /// <summary>For each byte the lowest that leads to the same place from here; null where that is not known.</summary>
    public byte[]? Kinds => Phase == Expecting ? null : Node?.KindsAt(this);

    /// <summary>Whether two are the same place. They may be two instances of it where the table has forgotten one.</summary>
    public bool IsSameAs(Frame other)
    {
        var (mine, its) = (this, other);
        while (mine != its)
        {
            if (mine.Node != its.Node || mine.Phase != its.Phase || mine.A != its.A || mine.B != its.B || !Equals(mine.Text, its.Text) || mine.Parent is null || its.Parent is null)
                return false;

            (mine, its) = (mine.Parent, its.Parent);
        }
        return true;
    }

    /// <summary>Whether the document is complete if nothing follows.</summary>
    public bool CanEnd => Node is null || (Phase != Expecting && Node.CanEnd(this) && Parent!.CanEnd);
}
