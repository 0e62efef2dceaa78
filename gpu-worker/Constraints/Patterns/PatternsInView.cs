namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// Which different patterns the readings of one text are held to at once. How many states they may be in together is what a mask may meet, each with its
/// own way on, so it is that which is bounded.
/// </summary>
internal sealed class PatternsInView
{
    private readonly List<PatternAutomaton> _automata = [];
    private long _states = 1;

    public bool IsEmpty => _automata.Count == 0;

    public void Clear()
    {
        _automata.Clear();
        _states = 1;
    }

    /// <summary>False, and nothing taken, where one more is too many.</summary>
    public bool TryAdd(PatternAutomaton automaton)
    {
        if (_automata.Contains(automaton))
            return true;
        // One alone is as large as it may be.
        if (!IsEmpty && _states * automaton.States > ConstraintLimits.StatesInView)
            return false;

        _states *= automaton.States;
        _automata.Add(automaton);
        return true;
    }
}
