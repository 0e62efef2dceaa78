namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Fairness among clients by the service each has had (Virtual Token Counter, arXiv:2401.00588): the waiting client with the smallest
/// counter goes next. A client that was idle is lifted to the smallest active counter, so that idleness earns no credit. Logarithmic time
/// a request, constant time a charge.
/// </summary>
public sealed class VirtualTokenCounters
{
    /// <summary>The paper's weights: a generated token costs twice a prompt token.</summary>
    public const int PromptWeight = 1;
    public const int GeneratedWeight = 2;

    /// <summary>Idle clients whose counters are kept.</summary>
    private const int MaxIdle = 10_000;

    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly MinHeap<Account> _active = new();
    private long _lastDeparted;

    public long this[string client] => _accounts.TryGetValue(client, out var account) ? account.Served : 0;

    /// <summary>A request of the client has come.</summary>
    public void Enter(string client)
    {
        if (!_accounts.TryGetValue(client, out var account))
            _accounts.Add(client, account = new Account(client));

        if (account.Requests++ > 0)
            return;

        account.Served = Math.Max(account.Served, Floor());
        _active.Add(account.Entry, account.Served, 0);
    }

    /// <summary>A request of the client has gone.</summary>
    public void Leave(string client)
    {
        var account = _accounts[client];
        if (--account.Requests > 0)
            return;

        _active.Remove(account.Entry);
        _lastDeparted = account.Served;
        if (_accounts.Count - _active.Count > MaxIdle)
            ForgetIdle();
    }

    public void ChargePrompt(string client, int tokens) => _accounts[client].Served += (long)PromptWeight * tokens;

    public void ChargeGenerated(string client) => _accounts[client].Served += GeneratedWeight;

    /// <summary>The smallest counter of an active client. Keys lag behind counters, which only grow: those on top are brought up to date.</summary>
    private long Floor()
    {
        while (_active.Min is { } first)
        {
            if (first.Rank.Key == first.Item.Served)
                return first.Item.Served;

            _active.Rekey(first, first.Item.Served);
        }
        return _lastDeparted;
    }

    /// <summary>Forgets the idle clients that lag behind most: lifting would overwrite their counters anyway.</summary>
    private void ForgetIdle()
    {
        var idle = _accounts.Values.Where(account => account.Requests == 0).OrderBy(account => account.Served).Take(MaxIdle / 2).ToList();
        foreach (var account in idle)
            _accounts.Remove(account.Client);
    }

    private sealed class Account
    {
        public Account(string client)
        {
            Client = client;
            Entry = new HeapEntry<Account>(this);
        }

        public string Client { get; }

        public HeapEntry<Account> Entry { get; }

        public long Served { get; set; }

        public int Requests { get; set; }
    }
}
