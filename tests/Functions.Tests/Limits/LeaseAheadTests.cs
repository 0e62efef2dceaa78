using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

/// <summary>Leases that are renewed before they are used up: a storage that takes its time holds nobody up under a steady load.</summary>
public sealed class LeaseAheadTests
{
    private const string Scope = "route/chat";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly Amounts Call = new(1, 200, 0, 0);

    private readonly SimulatedTime _truth = new();
    private readonly SimulatedStorage _storage;
    private readonly SkewedTime _time;
    private readonly ScopeLease _lease;
    private readonly Dictionary<SimulatedStorage.Request, DateTimeOffset> _sent = [];
    private int _asked;

    public LeaseAheadTests()
    {
        _storage = new SimulatedStorage(_truth);
        _time = new SkewedTime(_truth, TimeSpan.FromMinutes(7), 50);
        _lease = new ScopeLease(Scope, "a", _storage.For(1), new StorageClock(_time), new LeaseSequence(), TimeSpan.FromSeconds(5), new Random(1), _time, _ => { });
    }

    [Theory]
    [InlineData(20, 1)]
    [InlineData(20, 30)]
    [InlineData(200, 10)]
    public void Reserve_UnderASteadyLoad_WaitsForNoStorage(int latencyMs, int perStep)
    {
        var rules = Day(1_000_000_000, 1_000_000_000_000);
        var waited = 0;
        for (var at = TimeSpan.Zero; at < TimeSpan.FromSeconds(20); at += Step)
        {
            for (var i = 0; i < perStep; i++) waited += Reserve(rules) is null && at > TimeSpan.FromSeconds(2) ? 1 : 0;
            Advance(TimeSpan.FromMilliseconds(latencyMs));
            if (at.Milliseconds % 250 == 0) _ = _lease.CareAsync(all: false, CancellationToken.None);
        }

        Assert.Equal(0, waited);
        Assert.InRange(_storage.Writes, 1, 20 * 4);
    }

    [Fact]
    public void Reserve_OfASmallLimit_LeasesNothingAhead()
    {
        var rules = Day(24, 24 * 200);
        for (var i = 0; i < 20; i++)
        {
            _ = _lease.ReserveAsync(rules, Call, CancellationToken.None).AsTask();
            while (_storage.Pending.Count > 0) Advance(TimeSpan.Zero);
            Advance(TimeSpan.Zero);
        }

        Assert.Equal(20, _storage.StateOf(Scope)!.Counters["calls/day"].Granted);
    }

    [Fact]
    public void Care_OfAnInstanceThatStopsDuringARenewal_ReturnsWhatThatBrings()
    {
        var rules = Day(1_000_000, 1_000_000_000);
        var admitted = 0;
        while (_storage.Writes < 8)
        {
            admitted += Reserve(rules)?.Hold is null ? 0 : 1;
            Advance(Step);
        }

        while (_storage.Pending.Count == 0) admitted += Reserve(rules)?.Hold is null ? 0 : 1;
        var stopping = _lease.CareAsync(all: true, CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        for (var i = 0; i < 10 && !stopping.IsCompleted; i++)
        {
            // It goes on beside this thread when the renewal has ended.
            Assert.True(SpinWait.SpinUntil(() => stopping.IsCompleted || _storage.Pending.Count > 0, TimeSpan.FromSeconds(30)), "nothing is written");
            Advance(TimeSpan.Zero);
        }

        Assert.True(stopping.IsCompletedSuccessfully);
        Assert.False(_lease.NeedsCare);
        Assert.InRange(_storage.StateOf(Scope)!.Counters["calls/day"].Granted, admitted, admitted + _asked);
    }

    private static LimitRule[] Day(long calls, long tokens) => [new(LimitUnit.Calls, LimitPeriod.Day, calls), new(LimitUnit.Tokens, LimitPeriod.Day, tokens)];

    /// <returns>The outcome, where it was there at once; null for who waits.</returns>
    private LeaseOutcome? Reserve(IReadOnlyList<LimitRule> rules)
    {
        var told = _lease.ReserveAsync(rules, Call, CancellationToken.None);
        if (told.IsCompletedSuccessfully) return told.Result;
        _asked++;
        _ = told.AsTask();
        return null;
    }

    /// <summary>A step goes by; what was sent a latency ago arrives and is answered.</summary>
    private void Advance(TimeSpan latency)
    {
        // Without a context, what waits goes on within the step that it waited for.
        SynchronizationContext.SetSynchronizationContext(null);
        _truth.Advance(Step);
        _time.Fire();
        foreach (var request in _storage.Pending.ToList())
        {
            _sent.TryAdd(request, _truth.Now);
            if (_truth.Now - _sent[request] < latency) continue;
            request.Arrive();
            _storage.Pending.Remove(request);
            request.Answer();
        }
    }
}
