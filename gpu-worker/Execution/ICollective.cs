namespace Serverless.GpuWorker.Execution;

/// <summary>
/// One rank's end of a group that computes a model together. Every rank makes the same calls in the same order, each from one thread at a
/// time. Once aborted, by any rank or by a timeout, the whole group is: every call, waiting or to come, fails.
/// </summary>
internal interface ICollective
{
    /// <summary>0..<see cref="Ranks"/> - 1.</summary>
    int Rank { get; }

    int Ranks { get; }

    /// <summary>
    /// Adds the ranks' vectors element by element, in the order of ranks, and returns when the sum is here. All ranks get the same bits.
    /// </summary>
    /// <param name="part">This rank's vector; as long as every other rank's.</param>
    /// <param name="sum">As long as <paramref name="part"/>, and may be the same memory.</param>
    /// <exception cref="CollectiveAbortedException">The group is aborted.</exception>
    void AllReduce(ReadOnlySpan<float> part, Span<float> sum);

    /// <summary>Ends the group: a rank that waits for others fails at once. The first reason stays.</summary>
    void Abort(string reason);
}
