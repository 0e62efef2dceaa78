namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>A schema's states, which know where they lead, as an automaton over values.</summary>
internal readonly struct SchemaSteps : IByteAutomaton<SchemaSteps.At>
{
    public At Next(At state, byte value) => new(state.State.Next(value));

    public bool IsDead(At state) => state.State == ConstraintState.Dead;

    /// <summary>Where a document's beginning has led.</summary>
    public readonly record struct At(ConstraintState State);
}
