using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>An array of alike items.</summary>
/// <param name="most"><see cref="int.MaxValue"/> for any number.</param>
internal sealed class ArrayNode(SchemaNode items, int least, int most) : SchemaNode
{
    private const int Opened = 0, AfterItem = 1;

    public override JsonValueKind Kind => JsonValueKind.Array;

    public override bool IsContainer => true;

    public override int MeasureHeight() => 1 + (least > 0 ? items.Height : 0);

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
        else if (frame.Phase == Opened && most > 0 && items.Fits(frame))
        {
            items.Begin(AfterNext(frame, successors), next, successors);
        }
        else if (frame.Phase == AfterItem && next == ',' && HasRoom(frame.A))
        {
            successors.Expect(items, AfterNext(frame, successors));
        }
    }

    private bool HasRoom(int count) => most == int.MaxValue || count < most;

    /// <summary>Beyond the least, where there is no most, all counts are one.</summary>
    private Frame AfterNext(Frame frame, Successors successors) =>
        successors.Place(frame.Parent, this, AfterItem, most == int.MaxValue ? Math.Min(frame.A + 1, least) : frame.A + 1);
}
