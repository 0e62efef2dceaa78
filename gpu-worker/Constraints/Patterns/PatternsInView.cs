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

    /// <summary>How many readings may be in view beside these patterns.</summary>
    public int Readings => ReadingsOf(_states);

    public void Clear()
    {
        _automata.Clear();
        _states = 1;
    }

    /// <summary>False, and nothing taken, where one more is too many.</summary>
    /// <param name="readings">In view already.</param>
    public bool TryAdd(PatternAutomaton automaton, int readings)
    {
        if (_automata.Contains(automaton))
            return true;

        long states = _states * automaton.States;
        // One alone is as large as it may be.
        if ((!IsEmpty && states > ConstraintLimits.StatesInView) || readings >= ReadingsOf(states))
            return false;

        _states = states;
        _automata.Add(automaton);
        return true;
    }

    private static int ReadingsOf(long states) => (int)Math.Clamp(ConstraintLimits.StatesOfReadings / states, ConstraintLimits.ReadingsWithPatterns, ConstraintLimits.Readings);
}
