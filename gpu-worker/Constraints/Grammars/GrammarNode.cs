using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Patterns;
using Serverless.GpuWorker.Constraints.Texts;

namespace Serverless.GpuWorker.Constraints.Grammars;

/// <summary>
/// A text of a context-free grammar. Each rule that a text is within is a place; one that ends with another leaves its place to it, so that lists which are written by recursion to the right
/// grow no deeper.
/// </summary>
internal sealed class GrammarNode : TextNode
{
    // A frame's phase is the place within a character, A the state in its rule; the frame around it is the rule around it, in the state behind this one.
    private readonly GrammarStates _states;
    private readonly GrammarFacts _facts;
    private readonly CharacterSpelling _spelling;

    private GrammarNode(GrammarFacts facts, CharacterSpelling spelling) => (_states, _facts, _spelling) = (facts.States, facts, spelling);

    public override bool IsContainer => true;

    public override bool TakesNothing => _facts.CanEnd(_states.Starts[0]);

    public override long Bytes => _spelling.Bytes + _states.Next.Sum(row => 100L + row.Length * sizeof(int)) + _states.Calls.Sum(calls => 64L + calls.Length * 8);

    /// <param name="grammar">As <see cref="GrammarParser"/> reads it.</param>
    /// <exception cref="SchemaException">It is malformed, not supported, or too large, or no text is of it.</exception>
    public static (SchemaNode Node, long Bytes) Read(string grammar)
    {
        var budget = new ReadingBudget();
        var network = PatternNetwork.OfRules(GrammarParser.Parse(grammar));
        var classes = new CharacterClasses(network.Sets, budget, "grammar");
        var facts = new GrammarFacts(new GrammarDeterminizer(network, classes, budget).Run(), classes.Count, budget);
        var node = new GrammarNode(facts, new CharacterSpelling(classes, budget, isQuoted: false));
        return (node, node.Bytes);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        int target = _spelling.Next(frame.Phase, next);
        if (target == CharacterSpelling.None)
            return;

        if (target < 0)
        {
            new Walk(this, ~target, successors).From(frame, isProbe: false);
            return;
        }
        foreach (int characterClass in _spelling.ClassesBelow(target))
            if (new Walk(this, characterClass, successors).From(frame, isProbe: true))
            {
                successors.Add(frame.Parent, this, target, frame.A);
                return;
            }
    }

    public override bool CanEnd(Frame frame) => frame.Phase == Between && _facts.CanEnd(frame.A);

    public override byte[]? KindsAt(Frame frame) => _spelling.KindsAt(frame.Phase);

    /// <summary>Whether a text can be completed from a state within <paramref name="around"/>, no deeper than texts may be.</summary>
    private bool Fits(Frame? around, int state) => (around?.Depth ?? 0) + 1 + _facts.HeightOf(state) <= ConstraintLimits.GrammarDepth;

    /// <summary>Where a character leads from a place: through rules that begin or end before it.</summary>
    private sealed class Walk(GrammarNode node, int of, Successors successors)
    {
        private readonly HashSet<(Frame? Around, int State, bool IsBegun)> _visited = [];
        private readonly Stack<(Frame? Around, int State, bool IsBegun)> _open = new();

        /// <param name="isProbe">Only to tell whether it leads anywhere.</param>
        public bool From(Frame frame, bool isProbe)
        {
            _open.Push((frame.Parent, frame.A, true));
            while (_open.TryPop(out var at) && !successors.IsFull && _visited.Count < ConstraintLimits.GrammarVisits)
            {
                if (!_visited.Add(at))
                    continue;

                if (node._states.Next[at.State][of] is var next && next != GrammarStates.None && node.Fits(at.Around, next))
                {
                    if (isProbe)
                        return true;

                    successors.Add(at.Around, node, Between, next);
                }
                Open(at.Around, at.State, at.IsBegun);
            }
            return isProbe && successors.IsFull;
        }

        /// <param name="isBegun">Whether a character of the rule has come: one without is a text of nothing, which the rule around it passes over.</param>
        private void Open(Frame? around, int state, bool isBegun)
        {
            if (isBegun && node._states.IsEnd[state] && around?.Node == node)
                _open.Push((around.Parent, around.A, true));

            foreach (var (rule, then) in node._states.Calls[state])
            {
                int start = node._states.Starts[rule];
                if (node._facts.CanEnd(start))
                    _open.Push((around, then, isBegun));

                if (!node._facts.MayBegin(start, of) || !node.Fits(around, then))
                    continue;

                var after = IsBareEnd(then) ? around : successors.Place(around, node, Between, then);
                if (node.Fits(after, start))
                    _open.Push((after, start, false));
            }
        }

        private bool IsBareEnd(int state) =>
            node._states.IsEnd[state] && node._states.Calls[state].Length == 0 && node._states.Next[state].All(next => next == GrammarStates.None);
    }
}
