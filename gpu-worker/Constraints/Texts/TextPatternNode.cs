using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Texts;

/// <summary>A text that a regular expression matches as a whole.</summary>
internal sealed class TextPatternNode(PatternAutomaton automaton) : TextNode
{
    // A frame's phase is the place within a character, A the automaton's state.
    private readonly CharacterSpelling _spelling = automaton.Spelling;

    public override long Bytes => automaton.Bytes;

    public override bool TakesNothing => automaton.IsAccepting(PatternAutomaton.Start);

    /// <exception cref="SchemaException">The pattern is malformed, not supported, matches nothing or is too large.</exception>
    public static (SchemaNode Node, long Bytes) Read(string pattern)
    {
        var node = new TextPatternNode(PatternDeterminizer.Run(new PatternNetwork(PatternParser.ParseWhole(pattern)), new ReadingBudget(), isQuoted: false));
        return (node, node.Bytes);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        int target = _spelling.Next(frame.Phase, next);
        if (target == CharacterSpelling.None)
            return;

        if (target < 0)
        {
            if (automaton.Next(frame.A, ~target) is var state && state != PatternAutomaton.None)
                successors.Add(frame.Parent, this, Between, state);
            return;
        }
        foreach (int characterClass in _spelling.ClassesBelow(target))
            if (automaton.Next(frame.A, characterClass) != PatternAutomaton.None)
            {
                successors.Add(frame.Parent, this, target, frame.A);
                return;
            }
    }

    public override bool CanEnd(Frame frame) => frame.Phase == Between && automaton.IsAccepting(frame.A);

    public override byte[]? KindsAt(Frame frame) => _spelling.KindsAt(frame.Phase);
}
