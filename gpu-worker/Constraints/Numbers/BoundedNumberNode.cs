using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>A number within bounds, or a multiple, in decimal notation.</summary>
internal sealed class BoundedNumberNode(NumberAutomaton automaton) : SchemaNode
{
    private const int Inside = 0;

    // Whether a minus or a certain digit may come first is left to the first step.
    public override ReadOnlySpan<byte> FirstBytes => "-0123456789"u8;

    public override JsonValueKind Kind => JsonValueKind.Number;

    public override long Bytes => automaton.Bytes;

    public override int MeasureHeight() => 0;

    public override void Begin(Frame after, byte first, Successors successors) => Enter(after, automaton.Next(NumberAutomaton.Start, first), successors);

    public override void Step(Frame frame, byte next, Successors successors)
    {
        int state = automaton.Next(frame.A, next);
        // Only what follows a number tells that it is complete.
        if (state == NumberAutomaton.None && CanEnd(frame))
            successors.Step(frame.Parent!, next);
        else
            Enter(frame.Parent!, state, successors);
    }

    public override bool CanEnd(Frame frame) => automaton.IsComplete(frame.A);

    private void Enter(Frame after, int state, Successors successors)
    {
        if (state != NumberAutomaton.None)
            successors.Add(after, this, Inside, state);
    }
}
