namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Fairness among clients by the service each has had (Virtual Token Counter, arXiv:2401.00588): the waiting client with the smallest
/// counter goes next. A client that was idle is lifted to the smallest active counter, so that idleness earns no credit.
/// </summary>
public sealed class VirtualTokenCounters
{
    /// <summary>The paper's weights: a generated token costs twice a prompt token.</summary>
    private const int PromptWeight = 1;
    private const int GeneratedWeight = 2;

    /// <summary>Idle clients whose counters are kept.</summary>
    private const int MaxIdle = 10_000;

    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
    private long _lastDeparted;

    public long this[string client] => _counters.GetValueOrDefault(client);

    /// <summary>A request of the client has come.</summary>
    public void Enter(string client)
    {
        int before = _requests.GetValueOrDefault(client);
        if (before == 0)
        {
            long floor = _requests.Count == 0 ? _lastDeparted : _requests.Keys.Min(active => _counters[active]);
            _counters[client] = Math.Max(this[client], floor);
        }
        _requests[client] = before + 1;
    }

    /// <summary>A request of the client has gone.</summary>
    public void Leave(string client)
    {
        if (--_requests[client] > 0)
            return;

        _requests.Remove(client);
        _lastDeparted = _counters[client];
        if (_counters.Count - _requests.Count > MaxIdle)
            ForgetIdle();
    }

    public void ChargePrompt(string client, int tokens) => _counters[client] += (long)PromptWeight * tokens;

    public void ChargeGenerated(string client) => _counters[client] += GeneratedWeight;

    /// <summary>Forgets the idle clients that lag behind most: lifting would overwrite their counters anyway.</summary>
    private void ForgetIdle()
    {
        var idle = _counters.Where(c => !_requests.ContainsKey(c.Key)).OrderBy(c => c.Value).Take(MaxIdle / 2).ToList();
        foreach (var (client, _) in idle)
            _counters.Remove(client);
    }
}
