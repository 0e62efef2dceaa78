namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>
/// Knows where every request is, says where each goes next, and finds out which one ends the engines that run it. Pure: no clock, no threads, no processes.
/// <para>
/// Nothing is known at first of why a replica died, and most often no request is to blame. So all that were inside are taken up again at once, anywhere. Those that a second crash
/// in a row finds where they stood are suspects, and suspects are tried one at a time, the newest first: a suspect goes to a replica in which everything else is trusted, and nothing
/// joins before it is trusted too. A request is trusted when it has got <see cref="TrustedAfter"/> tokens further than where it was taken up: more than a dying process can have
/// computed and not said. A suspect whose trial ends in a crash has its next one with nobody beside it, for what was trusted may have died of something later in its answer; who is in the way waits meanwhile.
/// The culprit is whoever was inside alone when a replica died, for the second time in a row or a later one: it fails, and all others go on. No request fails for its neighbour.
/// </para>
/// </summary>
internal sealed class CallBook(int replicas, long loadSlack = 512)
{
    /// <summary>Crashes in a row that make a suspect.</summary>
    public const int CrashesToSuspect = 2;

    /// <summary>Tokens after which a request that was taken up again is out of suspicion.</summary>
    public const int TrustedAfter = 4;

    /// <summary>Clients whose last replica is remembered.</summary>
    private const int MaxClients = 10_000;

    private readonly ReplicaLoad[] _replicas = [.. Enumerable.Range(0, replicas).Select(_ => new ReplicaLoad())];
    private readonly SortedDictionary<long, RemoteCall> _waiting = [];
    private readonly Dictionary<string, int> _lastReplica = new(StringComparer.Ordinal);
    private long _lastWireId;

    public int WaitingCount => _waiting.Count;

    public IEnumerable<RemoteCall> All => _waiting.Values.Concat(_replicas.SelectMany(r => r.Calls.Values));

    public ReplicaLoad this[int replica] => _replicas[replica];

    /// <summary>Takes a request in, in the order of its number.</summary>
    public void Enqueue(RemoteCall call)
    {
        call.Place = CallPlace.Waiting;
        _waiting.Add(call.Number, call);
    }

    public void Up(int replica) => _replicas[replica].IsUp = true;

    /// <summary>A replica has died.</summary>
    /// <param name="culprit">The request that did it, which is taken out; null where none is known to.</param>
    /// <returns>The requests that now wait to be taken up again.</returns>
    public IReadOnlyList<RemoteCall> Down(int replica, out RemoteCall? culprit)
    {
        var load = _replicas[replica];
        var inside = load.Calls.Values.OrderBy(call => call.Number).ToList();
        (load.IsUp, load.IsFull) = (false, false);
        var isAlone = load.Calls.Count == 1 && load.Leaving.Count == 0;
        load.Calls.Clear();
        load.Leaving.Clear();
        foreach (var call in inside)
        {
            call.Crashes = IsTrusted(call) ? 1 : call.Crashes + 1;
            (call.Replica, call.RefusedBy, call.IsReplay) = (-1, 0, true);
            Enqueue(call);
        }

        culprit = isAlone && inside[0].Crashes >= CrashesToSuspect ? inside[0] : null;
        if (culprit is not null) Remove(culprit);
        return [.. inside.Where(call => call.Place == CallPlace.Waiting)];
    }

    /// <summary>The request that a replica calls by <paramref name="wireId"/>; null when it has gone elsewhere.</summary>
    public RemoteCall? Find(int replica, long wireId) => _replicas[replica].Calls.GetValueOrDefault(wireId);

    /// <summary>A request has got a token further.</summary>
    public static void Progress(RemoteCall call)
    {
        if (++call.TokensThisTime == TrustedAfter) call.Crashes = 0;
    }

    /// <summary>A replica's queue had no room for a request, which waits again.</summary>
    public void Refuse(RemoteCall call)
    {
        var replica = call.Replica;
        Remove(call);
        call.RefusedBy |= 1u << replica;
        _replicas[replica].IsFull = true;
        Enqueue(call);
    }

    /// <summary>Whether some replica that is up has not yet refused the request.</summary>
    public bool HasUntried(RemoteCall call) => Enumerable.Range(0, replicas).Any(r => _replicas[r].IsUp && (call.RefusedBy & (1u << r)) == 0);

    /// <summary>A request that is inside is no longer wanted there; it counts as there until <see cref="HasLeft"/>.</summary>
    public void Leave(RemoteCall call)
    {
        if (call.Place == CallPlace.Inside) _replicas[call.Replica].Leaving.Add(call.WireId);
        Remove(call);
    }

    /// <summary>A replica has said its last of a number; true when that makes room for a trial.</summary>
    public bool HasLeft(int replica, long wireId) => _replicas[replica].Leaving.Remove(wireId) && _waiting.Count > 0;

    /// <summary>Lets go of a request, wherever it is. Doing so twice changes nothing.</summary>
    public void Remove(RemoteCall call)
    {
        if (call.Place == CallPlace.Waiting) _waiting.Remove(call.Number);
        if (call.Place == CallPlace.Inside)
        {
            _replicas[call.Replica].Calls.Remove(call.WireId);
            _replicas[call.Replica].IsFull = false;
        }

        (call.Place, call.Replica) = (CallPlace.Nowhere, -1);
    }

    /// <summary>A trusted request that stands in the way of a trial that must be alone; null where there is none. <see cref="Return"/> takes it out.</summary>
    public RemoteCall? FindInTheWay()
    {
        if (_waiting.Values.LastOrDefault(MustBeAlone) is not { } suspect || Court(suspect) is not (>= 0 and var court)) return null;
        var inside = _replicas[court].Calls.Values;
        return inside.Any(IsSuspect) ? null : inside.FirstOrDefault(IsTrusted);
    }

    /// <summary>Takes a request out of its replica, to be taken up again.</summary>
    public void Return(RemoteCall call)
    {
        Leave(call);
        (call.IsReplay, call.RefusedBy) = (true, 0);
        Enqueue(call);
    }

    /// <summary>Puts the next waiting request into a replica; null when none can go anywhere now.</summary>
    public RemoteCall? TryAssign()
    {
        if (_waiting.Count == 0) return null;
        // The newest suspect first: what ran well until it came is most likely to do so without it.
        var suspect = _waiting.Values.LastOrDefault(MustBeAlone) ?? _waiting.Values.LastOrDefault(IsSuspect);
        var court = Court(suspect);
        if (suspect is not null && court >= 0 && !_replicas[court].IsFull && MayTry(suspect, _replicas[court])) return Put(suspect, court);
        foreach (var call in _waiting.Values)
        {
            if (!IsSuspect(call) && Choose(call, court) is { } replica) return Put(call, replica);
        }

        return null;
    }

    private static bool IsTrusted(RemoteCall call) => call.TokensThisTime >= TrustedAfter;

    private static bool IsSuspect(RemoteCall call) => call.Crashes >= CrashesToSuspect;

    private static bool MustBeAlone(RemoteCall call) => call.Crashes > CrashesToSuspect;

    private static bool MayTry(RemoteCall suspect, ReplicaLoad court) =>
        MustBeAlone(suspect) ? court.Calls.Count == 0 && court.Leaving.Count == 0 : court.Calls.Values.All(IsTrusted);

    /// <summary>The replica that is kept for trials: where one is under way, or else, while a suspect waits, where the fewest are in its way. -1 for none.</summary>
    private int Court(RemoteCall? suspect)
    {
        var up = Enumerable.Range(0, replicas).Where(r => _replicas[r].IsUp).ToList();
        var underWay = up.FindIndex(r => _replicas[r].Calls.Values.Any(IsSuspect));
        if (underWay >= 0) return up[underWay];
        return suspect is null || up.Count == 0 ? -1 : up.MinBy(r => _replicas[r].Calls.Values.Count(call => MustBeAlone(suspect) || !IsTrusted(call)));
    }

    /// <summary>The replica with the fewest tokens; of those that differ by less than a step's worth, the one that the client was in last, whose cache may hold its prompt's beginning.</summary>
    private int? Choose(RemoteCall call, int court)
    {
        var open = Enumerable.Range(0, replicas).Where(r => r != court && _replicas[r].IsUp && (call.IsReplay ? !_replicas[r].IsFull : (call.RefusedBy & (1u << r)) == 0)).ToList();
        if (open.Count < 2) return open.Count == 0 ? null : open[0];
        var loads = open.ToDictionary(r => r, r => _replicas[r].Tokens);
        var (least, lightest) = (loads.Values.Min(), open.MinBy(r => loads[r]));
        return _lastReplica.TryGetValue(call.Request.ClientId, out var last) && loads.TryGetValue(last, out var load) && load - least < loadSlack ? last : lightest;
    }

    private RemoteCall Put(RemoteCall call, int replica)
    {
        _waiting.Remove(call.Number);
        (call.Place, call.Replica, call.WireId, call.TokensThisTime) = (CallPlace.Inside, replica, ++_lastWireId, 0);
        _replicas[replica].Calls.Add(call.WireId, call);
        if (_lastReplica.Count >= MaxClients) _lastReplica.Clear();
        _lastReplica[call.Request.ClientId] = replica;
        return call;
    }
}
