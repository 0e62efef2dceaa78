using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>
/// A number as RFC 8259 writes it, with at most <see cref="ConstraintLimits.Digits"/> digits before and after the point, so that it ends and is finite. An
/// integer has neither fraction nor exponent.
/// </summary>
internal sealed class NumberNode(bool isInteger) : SchemaNode
{
    private const int Minus = 0, Zero = 1, Whole = 2, Point = 3, Fraction = 4, Exponent = 5, ExponentSign = 6, ExponentDigits = 7;

    public override JsonValueKind Kind => JsonValueKind.Number;

    public override int MeasureHeight() => 0;

    public override ReadOnlySpan<byte> FirstBytes => "-0123456789"u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '-')
            successors.Add(after, this, Minus);
        else
            BeginDigits(after, first, successors);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        var after = frame.Parent!;
        bool isDigit = next is >= (byte)'0' and <= (byte)'9';
        switch (frame.Phase)
        {
            case Minus:
                BeginDigits(after, next, successors);
                break;
            case Whole or Fraction or ExponentDigits when isDigit:
                int most = frame.Phase == ExponentDigits ? ConstraintLimits.ExponentDigits : ConstraintLimits.Digits;
                if (frame.A < most)
                    successors.Add(after, this, frame.Phase, frame.A + 1);
                break;
            case Point when isDigit:
                successors.Add(after, this, Fraction, 1);
                break;
            case Exponent when next is (byte)'+' or (byte)'-':
                successors.Add(after, this, ExponentSign);
                break;
            case Exponent or ExponentSign when isDigit:
                successors.Add(after, this, ExponentDigits, 1);
                break;
            case Zero or Whole when next == '.' && !isInteger:
                successors.Add(after, this, Point);
                break;
            case Zero or Whole or Fraction when next is (byte)'e' or (byte)'E' && !isInteger:
                successors.Add(after, this, Exponent);
                break;
            default:
                // Only what follows a number tells that it is complete.
                if (CanEnd(frame))
                    successors.Step(after, next);
                break;
        }
    }

    public override bool CanEnd(Frame frame) => frame.Phase is Zero or Whole or Fraction or ExponentDigits;

    private void BeginDigits(Frame after, byte first, Successors successors)
    {
        if (first == '0')
            successors.Add(after, this, Zero);
        else if (first is >= (byte)'1' and <= (byte)'9')
            successors.Add(after, this, Whole, 1);
    }
}
