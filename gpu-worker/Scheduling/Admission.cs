using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Admits a sequence when the cache has room for all that it and the running ones still have to compute, so that nobody is preempted
/// halfway through a prompt; takes hold of the blocks that another sequence of its client has computed already.
/// </summary>
internal sealed class Admission(List<Sequence> running, BlockPool pool, PrefixSharing prefixes, BlockDemand blocks)
{
    /// <summary>Blocks that must come free before a sequence can be admitted, those left out that it shares; 0 or less where there is room.</summary>
    /// <param name="promised">Blocks that the running sequences still need for the tokens they have.</param>
    public int BlocksMissing(Sequence sequence, int promised)
    {
        int free = pool.Free - prefixes.Find(sequence);
        // One block beyond the prompt, unless nothing else runs: the first decoded token would otherwise preempt at once.
        int spare = running.Count > 0 ? 1 : 0;
        return blocks.BlocksFor(sequence.Length) - prefixes.Found.Count + spare + promised - free;
    }

    /// <summary>Admits the sequence that <see cref="BlocksMissing"/> was asked about last.</summary>
    public void Admit(Sequence sequence)
    {
        prefixes.Take(sequence);
        sequence.Phase = SequencePhase.Running;
        running.Add(sequence);
    }
}
