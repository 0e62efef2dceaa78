namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>A rank that has joined its group. Rank 0's steps yield the model's logits, the others' nothing. A step that fails on it ends the group.</summary>
internal interface IRank : IStepModel
{
    /// <summary>Ends the group on this rank, from any thread: a step that is under way fails, and no other is run.</summary>
    /// <param name="reason">A sentence; the first one stays.</param>
    void Abort(string reason);
}
