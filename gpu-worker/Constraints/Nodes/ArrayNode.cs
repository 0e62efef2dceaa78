using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>An array: items that have a place of their own, one after the other, and alike ones behind them.</summary>
/// <param name="first">The items that have a place of their own.</param>
/// <param name="others">The items behind them.</param>
/// <param name="most"><see cref="int.MaxValue"/> for any number.</param>
internal sealed class ArrayNode(IReadOnlyList<SchemaNode> first, SchemaNode others, int least, int most) : SchemaNode
{
    private const int Opened = 0, AfterItem = 1;

    // Beyond it all counts are one, where there is no most.
    private readonly int _counted = Math.Max(least, first.Count);

    public override JsonValueKind Kind => JsonValueKind.Array;

    public override bool IsContainer => true;

    public override long Bytes => 200 + 8L * first.Count;

    public override int MeasureHeight() => 1 + Enumerable.Range(0, Math.Min(least, first.Count + 1)).Select(place => Item(place).Height).DefaultIfEmpty(0).Max();

    public override ReadOnlySpan<byte> FirstBytes => "["u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '[')
            successors.Add(after, this, Opened);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        if (Successors.IsWhitespace(next))
        {
            if (frame.B < ConstraintLimits.Whitespace)
                successors.Add(frame.Parent, this, frame.Phase, frame.A, frame.B + 1);
        }
        else if (next == ']')
        {
            if (frame.A >= least)
                successors.Add(frame.Parent!);
        }
        else if (frame.Phase == Opened && HasRoom(frame))
        {
            Item(0).Begin(AfterNext(frame, successors), next, successors);
        }
        else if (frame.Phase == AfterItem && next == ',' && HasRoom(frame))
        {
            successors.Expect(Item(frame.A), AfterNext(frame, successors));
        }
    }

    private SchemaNode Item(int place) => place < first.Count ? first[place] : others;

    private bool HasRoom(Frame frame) => (most == int.MaxValue || frame.A < most) && Item(frame.A).Fits(frame);

    private Frame AfterNext(Frame frame, Successors successors) =>
        successors.Place(frame.Parent, this, AfterItem, most == int.MaxValue ? Math.Min(frame.A + 1, _counted) : frame.A + 1);
}
