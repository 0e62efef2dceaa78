using System.Globalization;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

/// <summary>
/// Several instances over one storage in a random order of everything: attempts, arrivals, answers, losses, time, returns, settlements, crashes.
/// One seed is one run. The true time decides in which window an admission counts, whatever an instance believes.
/// </summary>
internal sealed class LeaseSimulation
{
    private const string Scope = "route/chat";

    private readonly Random _random;
    private readonly SimulatedTime _time = new();
    private readonly SimulatedStorage _storage;
    private readonly IReadOnlyList<LimitRule> _rules;
    private readonly List<Instance> _instances = [];
    private readonly List<Call> _open = [];
    private readonly List<SimulatedStorage.Request> _late = [];
    private readonly Dictionary<long, long> _calls = [];
    private readonly Dictionary<(string Key, long Window), long> _used = [];
    private int _created;

    public LeaseSimulation(int seed, int instances, IReadOnlyList<LimitRule> rules)
    {
        // Without a context, what waits goes on within the step that it waited for: one thread, one order.
        SynchronizationContext.SetSynchronizationContext(null);
        _random = new Random(seed);
        _storage = new SimulatedStorage(_time);
        _rules = rules;
        _time.Advance(TimeSpan.FromMilliseconds(_random.Next(60_000)));
        for (var i = 0; i < instances; i++) _instances.Add(Start());
    }

    public List<string> Violations { get; } = [];

    public int Admitted { get; private set; }

    public int Refused { get; private set; }

    public int Unavailable { get; private set; }

    public SimulatedStorage Storage => _storage;

    /// <summary>Admissions by true minute.</summary>
    public IReadOnlyDictionary<long, long> CallsByMinute => _calls;

    public DateTimeOffset Now => _time.Now;

    /// <param name="hostile">With losses, crashes and long silences.</param>
    public void Run(int steps, bool hostile)
    {
        for (var step = 0; step < steps; step++)
        {
            var dice = _random.Next(100);
            if (dice < 30) Attempt();
            else if (dice < 75) Deliver(hostile);
            else if (dice < 85) Advance(TimeSpan.FromMilliseconds(_random.Next(hostile && _random.Next(20) == 0 ? 20_000 : 60)));
            else if (dice < 92) EndOne();
            else if (dice < 98) Care();
            else if (hostile && _random.Next(4) == 0) Crash();
            Check();
        }
    }

    /// <summary>Attempts, answers and time without end, until the window that is on has ended; nothing is lost.</summary>
    public void Saturate(int perStep)
    {
        var minute = Minute();
        while (Minute() == minute)
        {
            for (var i = 0; i < perStep; i++) Attempt();
            Settle();
            foreach (var instance in _instances) instance.Care();
            Settle();
            Advance(TimeSpan.FromMilliseconds(250));
            Check();
        }
    }

    /// <summary>Everything sent arrives and is answered.</summary>
    public void Settle()
    {
        while (_storage.Pending.Count > 0) Deliver(hostile: false);
    }

    public void Attempt(int? at = null, Amounts? amounts = null)
    {
        var instance = at is { } index ? _instances[index] : _instances[_random.Next(_instances.Count)];
        _ = AttemptAsync(instance, amounts ?? new Amounts(1, _random.Next(1, 50), _random.Next(1, 1000), 1));
    }

    /// <param name="lost">Nothing that is sent is answered; <see cref="ArriveLate"/> delivers it all the same.</param>
    public void CareAll(bool lost = false)
    {
        foreach (var instance in _instances) instance.Care();
        if (!lost)
        {
            Settle();
            return;
        }

        _late.AddRange(_storage.Pending);
        _storage.Pending.Clear();
        foreach (var request in _late) request.Lose();
    }

    /// <summary>Delivers until the storage has been written, and loses the answer of that.</summary>
    public void LoseAnswerOfWrite()
    {
        while (_storage.Writes == 0)
        {
            var request = _storage.Pending[0];
            request.Arrive();
            _storage.Pending.Remove(request);
            if (_storage.Writes == 0) request.Answer();
            else request.Lose();
        }
    }

    public void ArriveLate()
    {
        foreach (var request in _late) request.Arrive();
        _late.Clear();
    }

    public void EndAll(double? part = null)
    {
        while (_open.Count > 0) EndOne(part);
    }

    public void Advance(TimeSpan by)
    {
        // In small parts, so that timers fire near their time.
        var part = TimeSpan.FromMilliseconds(50);
        for (; by > TimeSpan.Zero; by -= part)
        {
            _time.Advance(by < part ? by : part);
            foreach (var instance in _instances) instance.Time.Fire();
            foreach (var call in _open.Where(c => !c.IsTainted && !HasSlots(c.Instance))) call.IsTainted = true;
        }
    }

    private static long WindowOf(LimitRule rule, DateTimeOffset time) => LimitWindow.Of(rule.Period, time).Start;

    private long Minute() => _time.Now.ToUnixTimeSeconds() / 60;

    private Instance Start()
    {
        var time = new SkewedTime(_time, TimeSpan.FromMinutes(_random.Next(-200, 200)), _random.Next(-100, 101));
        return new Instance($"i{_created++.ToString(CultureInfo.InvariantCulture)}", time, _storage.For(_created), new Random(_random.Next()));
    }

    private async Task AttemptAsync(Instance instance, Amounts amounts)
    {
        var outcome = await instance.Lease.ReserveAsync(_rules, amounts, CancellationToken.None).ConfigureAwait(false);
        // A process that is gone admits nothing.
        if (!instance.IsAlive) return;
        if (outcome!.IsUnavailable) Unavailable++;
        else if (outcome.Refused is not null) Refused++;
        if (outcome.Hold is not { } hold) return;
        Admitted++;
        _calls[Minute()] = _calls.GetValueOrDefault(Minute()) + 1;
        _open.Add(new Call(instance, hold, amounts));
        foreach (var rule in _rules.Where(r => r.Unit != LimitUnit.Concurrency)) Count(rule, WindowOf(rule, _time.Now), amounts.Of(rule.Unit));
        foreach (var part in hold.Parts.Where(p => !p.Counter.IsConcurrency && p.Window.Start != WindowOf(p.Counter.Rule, _time.Now)))
            Violations.Add($"{part.Counter.Rule.Key} admitted in a window that is not now's");
    }

    private void Count(LimitRule rule, long window, long amount) =>
        _used[(rule.Key, window)] = _used.GetValueOrDefault((rule.Key, window)) + amount;

    private void Deliver(bool hostile)
    {
        if (_storage.Pending.Count == 0) return;
        var request = _storage.Pending[_random.Next(_storage.Pending.Count)];
        if (!request.HasArrived)
        {
            if (hostile && _random.Next(10) == 0)
            {
                // Told of a failure, and yet it may arrive later.
                request.Lose();
                if (_random.Next(3) == 0) _storage.Pending.Remove(request);
                return;
            }

            request.Arrive();
            return;
        }

        _storage.Pending.Remove(request);
        if (hostile && _random.Next(12) == 0) request.Lose();
        else request.Answer();
    }

    private void EndOne(double? share = null)
    {
        if (_open.Count == 0) return;
        var call = _open[_random.Next(_open.Count)];
        _open.Remove(call);
        var part = share ?? (_random.Next(3) / 2.0);
        var used = call.Amounts with { Tokens = (long)(call.Amounts.Tokens * part), PicoUsd = (long)(call.Amounts.PicoUsd * part) };
        foreach (var held in call.Hold.Parts.Where(p => !p.Counter.IsConcurrency))
            Count(held.Counter.Rule, held.Window.Start, used.Of(held.Counter.Rule.Unit) - held.Amount);
        call.Instance.Lease.Settle(call.Hold, used);
    }

    private void Care() => _instances[_random.Next(_instances.Count)].Care();

    private void Crash()
    {
        var index = _random.Next(_instances.Count);
        var gone = _instances[index];
        gone.IsAlive = false;
        // What its calls had reserved stays used up; they end with the process.
        _open.RemoveAll(c => c.Instance == gone);
        _instances[index] = Start();
    }

    private bool HasSlots(Instance instance) =>
        _storage.StateOf(Scope)?.Instances.GetValueOrDefault(instance.Name) is { } state && state.Seen + LeasePlanner.SlotSeconds > _time.Now.ToUnixTimeSeconds();

    private void Check()
    {
        foreach (var rule in _rules)
        {
            if (rule.Unit == LimitUnit.Concurrency)
            {
                var open = _open.Count(c => !c.IsTainted);
                if (open > rule.Amount) Violations.Add($"{open} calls at once, {rule.Amount} permitted");
                continue;
            }

            foreach (var (key, used) in _used.Where(u => u.Key.Key == rule.Key && u.Value > rule.Amount))
                Violations.Add($"{key}: {used} of {rule.Amount}");
        }
    }

    internal sealed class Instance
    {
        public Instance(string name, SkewedTime time, ILimitBlobs blobs, Random random)
        {
            (Name, Time) = (name, time);
            Lease = new ScopeLease(Scope, name, blobs, new StorageClock(time), new LeaseSequence(), TimeSpan.FromSeconds(5), random, time, _ => { });
        }

        public string Name { get; }

        public SkewedTime Time { get; }

        public ScopeLease Lease { get; }

        public bool IsAlive { get; set; } = true;

        public void Care() => _ = Lease.CareAsync(all: false, CancellationToken.None);
    }

    private sealed class Call(Instance instance, LeaseHold hold, Amounts amounts)
    {
        public Instance Instance { get; } = instance;

        public LeaseHold Hold { get; } = hold;

        public Amounts Amounts { get; } = amounts;

        /// <summary>It went on although its instance could not say so in time: its place may be another's.</summary>
        public bool IsTainted { get; set; }
    }
}
