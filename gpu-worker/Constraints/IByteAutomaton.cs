namespace Serverless.GpuWorker.Constraints;

/// <summary>An automaton over bytes whose states are values.</summary>
internal interface IByteAutomaton<TState>
    where TState : struct
{
    TState Next(TState state, byte value);

    /// <summary>Whether nothing goes on from a state.</summary>
    bool IsDead(TState state);
}
