using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>A string that matches patterns and has a bounded number of characters, in the spelling of <see cref="CharacterSpelling"/>.</summary>
internal sealed class PatternNode(PatternAutomaton automaton, PatternLengths lengths) : SchemaNode
{
    // A frame's phase is the place within a character, A the automaton's state, B the number of characters.
    private readonly CharacterSpelling _spelling = automaton.Spelling;

    public override JsonValueKind Kind => JsonValueKind.String;

    public override PatternAutomaton? Automaton => automaton;

    public override long Bytes => automaton.Bytes + lengths.Bytes;

    public override int MeasureHeight() => 0;

    public override ReadOnlySpan<byte> FirstBytes => "\""u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '"')
            successors.Add(after, this, CharacterSpelling.Between, PatternAutomaton.Start);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        if (frame.Phase == CharacterSpelling.Between && next == '"')
        {
            if (automaton.IsAccepting(frame.A) && frame.B >= lengths.Least)
                successors.Add(frame.Parent!);
            return;
        }
        int target = _spelling.Next(frame.Phase, next);
        if (target == CharacterSpelling.None)
            return;

        int length = lengths.After(frame.B);
        if (target < 0)
        {
            if (MayTake(frame.A, ~target, length))
                successors.Add(frame.Parent, this, CharacterSpelling.Between, automaton.Next(frame.A, ~target), length);
            return;
        }
        foreach (int characterClass in _spelling.ClassesBelow(target))
            if (MayTake(frame.A, characterClass, length))
            {
                successors.Add(frame.Parent, this, target, frame.A, frame.B);
                return;
            }
    }

    public override byte[]? KindsAt(Frame frame) => _spelling.KindsAt(frame.Phase);

    public override Frame Alike(Frame frame, int reach, FrameTable frames)
    {
        int length = lengths.Alike(frame.B, reach);
        return length == frame.B ? frame : frames.Of(frame.Parent, this, frame.Phase, frame.A, length);
    }

    private bool MayTake(int state, int characterClass, int length) => automaton.Next(state, characterClass) is var next && next != PatternAutomaton.None && lengths.MayGoOn(next, length);
}
