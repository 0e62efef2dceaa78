using System.Text.Json;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>A schema as the automaton walks it: which byte may follow where.</summary>
internal abstract class SchemaNode
{
    /// <summary>More than any document is deep: of a schema that no finite document satisfies.</summary>
    public const int Endless = 1_000_000;

    /// <summary>Objects and arrays within each other that a value has at the least.</summary>
    public int Height { get; set; } = Endless;

    public virtual bool IsContainer => false;

    /// <summary>The phase of the whole answer's node before the answer's first byte.</summary>
    public virtual int StartPhase => Frame.Expecting;

    /// <summary>Whether an empty answer is one.</summary>
    public virtual bool TakesNothing => false;

    /// <summary>What every value is; undefined where values are of several kinds.</summary>
    public virtual JsonValueKind Kind => JsonValueKind.Undefined;

    /// <summary>The automaton that its strings are held to, several of which at once cost a mask more than all other readings; null for none.</summary>
    public virtual PatternAutomaton? Automaton => null;

    /// <summary>About what the node takes beside its children.</summary>
    public virtual long Bytes => 200;

    /// <summary>The height that follows from the heights of the nodes inside as they are known.</summary>
    public abstract int MeasureHeight();

    /// <summary>The nodes that a value of this one may be without a byte between: where they lead in a circle, no value ever begins.</summary>
    public virtual IReadOnlyList<SchemaNode> Immediate => [];

    /// <summary>What a value of this one may be, each once and none of them a union or reference: itself, or what the <see cref="Immediate"/> ones lead to.</summary>
    public IReadOnlyList<SchemaNode> Leaves { get; set; } = [];

    /// <summary>Of several leaves those that may begin with each byte.</summary>
    public FirstBytes LeavesByFirst { get; set; } = Constraints.FirstBytes.None;

    /// <summary>What a value may begin with; of leaves only.</summary>
    public virtual ReadOnlySpan<byte> FirstBytes => [];

    /// <summary>The first byte of a value, which is no whitespace.</summary>
    /// <param name="after">What goes on when the value is complete.</param>
    public abstract void Begin(Frame after, byte first, Successors successors);

    /// <summary>A byte within a value.</summary>
    public abstract void Step(Frame frame, byte next, Successors successors);

    /// <summary>Whether the value is complete if nothing follows, as a number may be.</summary>
    public virtual bool CanEnd(Frame frame) => false;

    /// <summary>For each byte the lowest that leads to the same place from here, in the same instance where the same bytes do; null where that is not known.</summary>
    public virtual byte[]? KindsAt(Frame frame) => null;

    /// <summary>Whether each text leads to a place of its own, so that masks are found for others in their stead also where several readings are in view.</summary>
    public virtual bool HasOwnPlaces => false;

    /// <summary>A place that the same texts may follow as <paramref name="frame"/>, as far as <paramref name="reach"/> bytes go: one for all that are far from bounds.</summary>
    public virtual Frame Alike(Frame frame, int reach, FrameTable frames) => frame;

    /// <summary>Whether a value fits into the depth that is left within <paramref name="around"/>; one that does can always be completed.</summary>
    public bool Fits(Frame around) => around.Depth + Height <= ConstraintLimits.Depth;
}
