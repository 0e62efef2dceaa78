using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Who may give way: to a client that has nothing running, and, where that is wanted, to a more urgent request of the same client. Places and blocks are given out by service, but an answer that has begun may hold them
/// for thousands of tokens, and one client's answers may hold all.
/// </summary>
internal sealed class Displacement(VirtualTokenCounters counters)
{
    // Kept from step to step, so that a step allocates nothing.
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<Sequence> _candidates = [];

    /// <summary>
    /// Looks for the client that has most running, two at the least, and has had more service than <paramref name="client"/>, which has nothing running.
    /// All of its sequences but the oldest, which goes on, may give way.
    /// </summary>
    public bool HasCandidates(List<Sequence> running, string client)
    {
        _candidates.Clear();
        if (MostPlaces(running, client) is not { } from)
            return false;

        foreach (var sequence in running)
            if (sequence.Request.ClientId == from)
                _candidates.Add(sequence);

        // By arrival: whoever gave way before and is back would otherwise be the youngest again and again.
        _candidates.Sort(static (a, b) => b.Id.CompareTo(a.Id));
        _candidates.RemoveAt(_candidates.Count - 1);
        return true;
    }

    /// <summary>
    /// Looks for running sequences of the client that are less urgent than <paramref name="next"/>, which waits: the least urgent first, of equals the one with the least to compute again, then the youngest.
    /// </summary>
    public bool HasLessUrgent(List<Sequence> running, Sequence next, BlockDemand blocks)
    {
        _candidates.Clear();
        foreach (var sequence in running)
            if (sequence.Request.ClientId == next.Request.ClientId && sequence.Request.Priority > next.Request.Priority)
                _candidates.Add(sequence);

        _candidates.Sort((a, b) => (b.Request.Priority, blocks.Releasable(a), b.Id).CompareTo((a.Request.Priority, blocks.Releasable(b), a.Id)));
        return _candidates.Count > 0;
    }

    /// <summary>As few of them as have the blocks that are wanted, in their order and one at least; empty where all together have too few. Valid until the next search.</summary>
    /// <param name="kept">Blocks that are not won when they come free, because whoever comes in shares them.</param>
    public List<Sequence> Fewest(int wanted, BlockDemand blocks, List<int> kept)
    {
        int victims = 0;
        while (victims < _candidates.Count && (victims == 0 || wanted > 0))
        {
            var victim = _candidates[victims++];
            wanted -= blocks.Releasable(victim, kept) + blocks.ToCome(victim);
        }
        CollectionsMarshal.SetCount(_candidates, wanted > 0 ? 0 : victims);
        return _candidates;
    }

    private string? MostPlaces(List<Sequence> running, string client)
    {
        _places.Clear();
        foreach (var sequence in running)
        {
            if (sequence.Request.ClientId == client)
                return null;

            CollectionsMarshal.GetValueRefOrAddDefault(_places, sequence.Request.ClientId, out _)++;
        }
        string? most = null;
        foreach (var (other, places) in _places)
            if (places > (most is null ? 1 : _places[most]) && counters[other] > counters[client])
                most = other;

        return most;
    }
}
