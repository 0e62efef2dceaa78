using Serverless.GpuWorker.Constraints.Texts;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>
/// The answers of a form, byte by byte: documents that satisfy a schema, or other texts: a pushdown automaton whose stacks are shared places and whose states are sets of them, made as they
/// are met. From every state but the dead one some document can be completed. Which places a text leads to, and in what order, depends on that text alone:
/// not on what other texts have met, so that any two automata of one schema permit the same. Not thread-safe.
/// </summary>
internal sealed class SchemaAutomaton
{
    // Of some hundred bytes each. Beyond it what was met is forgotten, and found anew.
    private const int MaxPlaces = 50_000;

    private readonly FrameTable _frames = new();
    private readonly ByteKinds _kinds = new();
    private readonly Dictionary<PlaceSet, ConstraintState> _states = [];
    private readonly Successors _successors;
    private readonly SchemaNode _root;

    /// <param name="form">What the documents are of.</param>
    /// <param name="beginning">The same as the request has it, where the answer's beginning may hold what does not become text; null where it does not.</param>
    public SchemaAutomaton(ReadForm form, AnswerForm? beginning = null)
    {
        _root = beginning switch
        {
            { Kind: not AnswerFormKind.Schema, DropsFirstSpace: true } => new UntoldNode(form.Root, " ", isTokenizers: true),
            { Kind: not AnswerFormKind.Schema, Told.Length: > 0 } => new UntoldNode(form.Root, beginning.Told, isTokenizers: false),
            _ => form.Root,
        };
        _successors = new Successors(_frames);
    }

    /// <summary>The beginning of a document.</summary>
    public ConstraintState Start
    {
        get
        {
            var end = _frames.Of(null, null, 0);
            return StateOf([_frames.Of(end, _root, _root.StartPhase)]);
        }
    }

    /// <summary>A state from which the same tokens lead on, as far as <paramref name="reach"/> bytes go: itself, or one for many that differ in a count.</summary>
    public ConstraintState Alike(ConstraintState state, int reach)
    {
        if (state.Places is [{ Node: { } node, Phase: not Frame.Expecting } place])
            return node.Alike(place, reach, _frames) is var other && other != place ? StateOf([other]) : state;
        if (!state.Places.Any(IsOwn))
            return state;

        // Two that became one would leave room for a reading that is not kept in view.
        Frame[] places = [.. state.Places.Select(own => IsOwn(own) ? own.Node!.Alike(own, reach, _frames) : own).Distinct()];
        return places.Length == state.Places.Count ? StateOf(places) : state;
    }

    internal ConstraintState Advance(Frame[] places, byte value)
    {
        if (_frames.Count > MaxPlaces)
        {
            _frames.Clear();
            _states.Clear();
        }
        _successors.Clear();
        foreach (var place in places)
            _successors.Step(place, value);

        return _successors.Places.Count == 0 ? ConstraintState.Dead : StateOf([.. _successors.Places]);
    }

    private static bool IsOwn(Frame place) => place is { Node.HasOwnPlaces: true, Phase: not Frame.Expecting };

    private ConstraintState StateOf(Frame[] places)
    {
        if (places.Length == 1)
            return places[0].Alone ??= new ConstraintState(places, _kinds.Of(places), this);

        var set = new PlaceSet(places);
        if (!_states.TryGetValue(set, out var state))
            _states[set] = state = new ConstraintState(places, _kinds.Of(places), this);

        return state;
    }
}
