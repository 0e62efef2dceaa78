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

    /// <summary>Completes, with the reason, when the model has failed for good, be it between two steps; null for one that can only fail within a step.</summary>
    Task<string>? Failure => null;

    /// <summary>Runs a step and returns its logits [R, vocabulary], valid until the next. A step that fails may be run again.</summary>
    /// <param name="meanwhile">
    /// Called once: while the step runs, where it runs on a device that does not need this thread, and before it where the processor's cores are the
    /// model's. Not called where the step fails before that. It leaves the step's inputs alone.
    /// </param>
    /// <exception cref="RankGroupFailedException">The model failed for good: no step can be run any more.</exception>
    ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null);
}
