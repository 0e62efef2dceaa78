using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Gathers the places that a byte leads to.</summary>
internal sealed class Successors(FrameTable frames)
{
    private readonly List<Frame> _places = [];
    private readonly PatternsInView _patterns = new();

    public IReadOnlyList<Frame> Places => _places;

    /// <summary>Whether as many readings are in view as ever are: those that come later are not kept.</summary>
    public bool IsFull => _places.Count >= _patterns.Readings;

    public void Clear()
    {
        _places.Clear();
        _patterns.Clear();
    }

    public Frame Place(Frame? parent, SchemaNode node, int phase, int a = 0, int b = 0, object? text = null) => frames.Of(parent, node, phase, a, b, text);

    public void Add(Frame? parent, SchemaNode node, int phase, int a = 0, int b = 0, object? text = null)
    {
        if (!IsFull)
            Add(frames.Of(parent, node, phase, a, b, text));
    }

    /// <summary>The value that <paramref name="after"/> is around has ended, and it goes on.</summary>
    public void Add(Frame after)
    {
        if (IsFull)
            return;

        foreach (var place in _places)
            if (place.IsSameAs(after))
                return;

        if (after is { Phase: not Frame.Expecting, Node.Automaton: { } automaton } && !_patterns.TryAdd(automaton, _places.Count))
            return;

        _places.Add(after);
    }

    /// <summary>A value of <paramref name="node"/> is to come, after which <paramref name="after"/> goes on.</summary>
    public void Expect(SchemaNode node, Frame after) => Add(after, node, Frame.Expecting);

    /// <summary>
    /// A value of a union or reference begins. Not of its alternatives themselves: those of those of them may be the same ones, twice as often a level.
    /// </summary>
    public void BeginLeaves(SchemaNode node, Frame after, byte first)
    {
        if (node.Leaves is [var only])
        {
            if (only.Fits(after))
                only.Begin(after, first, this);
            return;
        }
        foreach (var leaf in node.LeavesByFirst.Of(first))
        {
            if (IsFull)
                return;
            if (leaf.Fits(after))
                leaf.Begin(after, first, this);
        }
    }

    /// <summary>Where <paramref name="next"/> leads from one place.</summary>
    public void Step(Frame frame, byte next)
    {
        if (frame.Node is not { } node)
            return;

        if (frame.Phase != Frame.Expecting)
            node.Step(frame, next, this);
        else if (!IsWhitespace(next))
            node.Begin(frame.Parent!, next, this);
        else if (frame.A < ConstraintLimits.Whitespace)
            Add(frame.Parent, node, Frame.Expecting, frame.A + 1);
    }

    public static bool IsWhitespace(byte next) => next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
