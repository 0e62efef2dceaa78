using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>A model that runs steps over a paged cache. Not thread-safe: the step loop owns it.</summary>
internal interface IStepModel : IDisposable
{
    int VocabularySize { get; }

    /// <summary>Tokens of prompt and answer together.</summary>
    int ContextLength { get; }

    /// <summary>Tokens of a block.</summary>
    int BlockSize { get; }

    /// <summary>Columns of the block table: the most blocks of one sequence.</summary>
    int TableWidth { get; }

    /// <summary>Rows of logits that a step may have at most.</summary>
    int MaxRows => int.MaxValue;

    /// <summary>Completes, with the reason, when the model has failed for good, be it between two steps; null for one that can only fail within a step.</summary>
    Task<string>? Failure => null;

    /// <summary>What the model has of its device by now; null where it has none of its own.</summary>
    DeviceMemory? Memory => null;

    /// <summary>The likeliest tokens that the model can pick out of each row where it computes them; 0 where it yields logits alone.</summary>
    int Candidates => 0;

    /// <summary>Runs a step as <see cref="Run"/> does; of rows with an inverse temperature it yields candidates, and leaves their logits where they are.</summary>
    /// <inheritdoc cref="Run"/>
    StepRows RunRows(scoped StepInputs step, Action? meanwhile = null) => new() { Logits = Run(step, meanwhile) };

    /// <summary>Whether a step can be begun before the one before has ended, fed with its likeliest tokens.</summary>
    bool CanRunAhead => false;

    /// <summary>Begins a step, at most one beside that which runs: while that one's <c>meanwhile</c> is called. Its rows are read by <see cref="End"/>, and until then the step before is over, and read.</summary>
    /// <inheritdoc cref="Run" path="/exception"/>
    void Begin(scoped StepInputs step) => throw new NotSupportedException("The model runs nothing ahead.");

    /// <summary>Waits for the step that was begun; its rows are as <see cref="RunRows"/> yields them.</summary>
    /// <param name="meanwhile">As of <see cref="Run"/>.</param>
    StepRows End(Action? meanwhile = null) => throw new NotSupportedException("The model runs nothing ahead.");

    /// <summary>The logits of rows of the last step, in their places among [R, vocabulary]: of those whose candidates did not decide, while no other has been begun.</summary>
    /// <param name="rows">Rising.</param>
    ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => throw new NotSupportedException("The model has no candidates.");

    /// <summary>Runs a step and returns its logits [R, vocabulary], valid until the next. A step that fails may be run again.</summary>
    /// <param name="meanwhile">
    /// Called once: while the step runs, where it runs on a device that does not need this thread, and before it where the processor's cores are the
    /// model's. Not called where the step fails before that. It leaves the step's inputs alone.
    /// </param>
    /// <exception cref="RankGroupFailedException">The model failed for good: no step can be run any more.</exception>
    ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null);
}
