using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>
/// An array of which a number of items satisfy one more schema (<c>contains</c>). Each item is written as one of them or as one of the rest: where an item may be either, both readings are kept.
/// </summary>
internal sealed class ContainingArrayNode : SchemaNode
{
    // The phase's low bit; those above count the items that are written as contained.
    private const int Opened = 0, AfterItem = 1;

    private readonly SchemaNode _contained;
    private readonly SchemaNode? _rest;
    private readonly int _least, _most, _leastContained, _mostContained;

    /// <param name="contained">What both the items and <c>contains</c> ask for.</param>
    /// <param name="rest">What other items are: where <paramref name="mostContained"/> is a bound none that is contained; null where there are none.</param>
    /// <param name="least">Items; no more than <paramref name="mostContained"/> where all are contained.</param>
    /// <param name="most">Items; <see cref="int.MaxValue"/> for any number.</param>
    /// <param name="leastContained">No more than <paramref name="most"/> and <paramref name="mostContained"/>.</param>
    /// <param name="mostContained"><see cref="int.MaxValue"/> for any number.</param>
    public ContainingArrayNode(SchemaNode contained, SchemaNode? rest, int least, int most, int leastContained, int mostContained)
    {
        (_contained, _rest) = (contained, rest);
        (_least, _most, _leastContained, _mostContained) = (least, most, leastContained, mostContained);
    }

    public override JsonValueKind Kind => JsonValueKind.Array;

    public override bool IsContainer => true;

    public override int MeasureHeight()
    {
        int contained = _leastContained > 0 ? _contained.Height : 0;
        int rest = _rest?.Height ?? Endless;
        // Items that neither bound says which they are may be either.
        int others = _least <= _leastContained ? 0 : _least <= _mostContained ? Math.Min(_contained.Height, rest) : rest;
        return 1 + Math.Max(contained, others);
    }

    public override ReadOnlySpan<byte> FirstBytes => "["u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '[')
            successors.Add(after, this, Opened);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        bool isOpened = (frame.Phase & 1) == Opened;
        if (Successors.IsWhitespace(next))
        {
            if (frame.B < ConstraintLimits.Whitespace)
                successors.Add(frame.Parent, this, frame.Phase, frame.A, frame.B + 1);
        }
        else if (next == ']')
        {
            if (frame.A >= _least && ContainedBefore(frame) >= _leastContained)
                successors.Add(frame.Parent!);
        }
        else if (isOpened || next == ',')
        {
            if (MayContain(frame))
                Item(_contained, AfterNext(frame, 1, successors));
            if (MayHaveRest(frame))
                Item(_rest!, AfterNext(frame, 0, successors));
        }

        void Item(SchemaNode item, Frame after)
        {
            if (isOpened)
                item.Begin(after, next, successors);
            else
                successors.Expect(item, after);
        }
    }

    private static int ContainedBefore(Frame frame) => frame.Phase >> 1;

    /// <summary>Whether the next item may be contained: more must not be owed than what may be the rest, which might be too deep here.</summary>
    private bool MayContain(Frame frame)
    {
        int contained = ContainedBefore(frame);
        return frame.A < _most && contained < _mostContained && _contained.Fits(frame)
            && (_least - frame.A <= _mostContained - contained || _rest?.Fits(frame) == true);
    }

    private bool MayHaveRest(Frame frame) => _most - frame.A > _leastContained - ContainedBefore(frame) && _rest?.Fits(frame) == true;

    /// <summary>Beyond a least number, where there is no most, all counts are one.</summary>
    private Frame AfterNext(Frame frame, int contained, Successors successors)
    {
        int items = _most == int.MaxValue ? Math.Min(frame.A + 1, _least) : frame.A + 1;
        int count = ContainedBefore(frame) + contained;
        return successors.Place(frame.Parent, this, AfterItem | (_mostContained == int.MaxValue ? Math.Min(count, _leastContained) : count) << 1, items);
    }
}
