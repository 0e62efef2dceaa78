using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>A string of RFC 8259 with a bounded number of Unicode characters. An escaped character is never half of a surrogate pair.</summary>
/// <param name="most"><see cref="int.MaxValue"/> for any number.</param>
internal sealed class StringNode(int least, int most) : SchemaNode
{
    private const int Inside = 0, Escape = 1, Hex1 = 2, HexAfterD = 3, Hex2 = 4, Hex3 = 5, Hex4 = 6;

    public override JsonValueKind Kind => JsonValueKind.String;

    public override int MeasureHeight() => 0;

    public override ReadOnlySpan<byte> FirstBytes => "\""u8;

    public override byte[]? KindsAt(Frame frame) => frame.Phase == Inside ? TextBytes.Kinds : null;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '"')
            successors.Add(after, this, Inside);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        var after = frame.Parent!;
        int length = frame.A;
        if (frame.Phase == Inside)
            StepInside(frame, next, successors);
        else if (frame.Phase == Escape && next == 'u')
            successors.Add(after, this, Hex1, length);
        else if (frame.Phase == Escape && next is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t')
            successors.Add(after, this, Inside, Counted(length));
        else if (frame.Phase != Escape && char.IsAsciiHexDigit((char)next) && (frame.Phase != HexAfterD || next is >= (byte)'0' and <= (byte)'7'))
            StepHex(frame, next, successors);
    }

    public override Frame Alike(Frame frame, int reach, FrameTable frames)
    {
        if (frame.Phase != Inside)
            return frame;

        int length = frame.A < least ? (least - frame.A > reach ? 0 : frame.A) : most != int.MaxValue && most - frame.A > reach ? least : frame.A;
        return length == frame.A ? frame : frames.Of(frame.Parent, this, Inside, length, frame.B);
    }

    private void StepInside(Frame frame, byte next, Successors successors)
    {
        var after = frame.Parent!;
        bool isBetween = frame.B == Utf8Steps.Whole;
        if (isBetween && next == '"')
        {
            if (frame.A >= least)
                successors.Add(after);
            return;
        }
        if (next < 0x20 || (isBetween && frame.A >= most))
            return;

        if (isBetween && next == '\\')
        {
            successors.Add(after, this, Escape, frame.A);
            return;
        }
        int state = Utf8Steps.Next(frame.B, next);
        if (state != Utf8Steps.Broken)
            successors.Add(after, this, Inside, state == Utf8Steps.Whole ? Counted(frame.A) : frame.A, state);
    }

    private void StepHex(Frame frame, byte next, Successors successors)
    {
        var (phase, length) = frame.Phase switch
        {
            Hex1 => (next is (byte)'d' or (byte)'D' ? HexAfterD : Hex2, frame.A),
            HexAfterD or Hex2 => (Hex3, frame.A),
            Hex3 => (Hex4, frame.A),
            _ => (Inside, Counted(frame.A)),
        };
        successors.Add(frame.Parent, this, phase, length);
    }

    /// <summary>One character more; beyond the least, where there is no most, all lengths are one.</summary>
    private int Counted(int length) => most == int.MaxValue ? Math.Min(length + 1, least) : length + 1;
}
