using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints;

/// <summary>What the automata of one schema's patterns and bounds may cost to make, all of them together.</summary>
internal sealed class ReadingBudget
{
    private long _steps = ConstraintLimits.AutomatonSteps;
    private long _bytes = ConstraintLimits.AutomatonBytes;

    /// <exception cref="SchemaException">Nothing is left.</exception>
    public void SpendSteps(long steps, string keyword)
    {
        if ((_steps -= steps) < 0)
            throw new SchemaException($"{keyword} takes more work than one schema may ({ConstraintLimits.AutomatonSteps} steps for all of its patterns and bounds): it must have fewer or smaller repetitions and alternatives");
    }

    /// <exception cref="SchemaException">Nothing is left.</exception>
    public void SpendBytes(long bytes, string keyword)
    {
        if ((_bytes -= bytes) < 0)
            throw new SchemaException($"{keyword} takes more memory than one schema may ({ConstraintLimits.AutomatonBytes} bytes for all of its patterns and bounds): it must have fewer or smaller repetitions and alternatives");
    }
}
