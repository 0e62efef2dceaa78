using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serverless.Contracts;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What calls and probes have told of each provider's address, model and account: a breaker. After some failures in a row it is open: the target is tried last,
/// for longer each time. When its time is over one call tries it; its outcome decides. A provider that asks for patience gets it. Two probes in a row
/// without an answer put it last as well, until one is answered; one that is answered lets the next call try a target that calls had found failing.
/// That a key has nothing left is known of that key alone: another route's, of the same vendor and model, may be another account's.
/// A target that is the only one is called in any case.
/// </summary>
public sealed class TargetHealth
{
    private const int FailuresToOpen = 5;
    private const int ProbesToOpen = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TargetKey, State> _states = new();
    private readonly ConcurrentDictionary<(TargetKey Target, SecretReference? Key), TimeSpan> _exhausted = new();

    private readonly TimeProvider _time;

    /// <param name="meters">For the gauge of targets that are put last; null for none.</param>
    public TargetHealth(TimeProvider time, IMeterFactory? meters = null)
    {
        _time = time;
        meters?.Create(GatewayMetrics.MeterName).CreateObservableGauge("gateway.targets.unavailable", Observe, "{target}", "Targets that this instance asks last, because they fail, are used up or do not answer; 0 again once they are asked first.");
    }

    /// <summary>Whether it is worth asking first. The one call that tries a target again takes the answer true with it.</summary>
    /// <param name="key">What the call would be sent with; null where there is none.</param>
    public bool IsAvailable(RouteModel model, SecretReference? key = null)
    {
        var target = TargetKey.Of(model);
        if (!_states.TryGetValue(target, out var state)) return true;
        var now = _time.GetSteadyNow();
        if (_exhausted.TryGetValue((target, key), out var until))
        {
            if (now < until) return false;
            _exhausted.TryRemove(new((target, key), until));
        }

        return state.TryPass(now);
    }

    /// <param name="key">What the call was sent with.</param>
    public void Succeeded(RouteModel model, SecretReference? key = null)
    {
        var target = TargetKey.Of(model);
        if (!_states.TryGetValue(target, out var state)) return;
        state.Close();
        _exhausted.TryRemove((target, key), out _);
    }

    /// <summary>A call ended so: by the target's own fault, or because its limit or account is used up for a while. What is the caller's fault says nothing.</summary>
    /// <param name="key">What the call was sent with.</param>
    public void Failed(RouteModel model, GatewayException failure, SecretReference? key = null)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (UpstreamErrors.IsFault(failure)) Of(model).Fail(_time.GetSteadyNow());
        else if (failure.Error.Code == "upstream_rate_limited") Pause(model, key, failure.RetryAfter ?? TimeSpan.FromSeconds(1));
        else if (failure.Error.Code == UpstreamErrors.InsufficientQuota) Pause(model, key, LongestPause);
    }

    /// <summary>A probe was answered or not.</summary>
    /// <returns>Whether that changed what is thought of the target.</returns>
    public bool Probed(RouteModel model, bool isThere)
    {
        if (isThere && !_states.ContainsKey(TargetKey.Of(model))) return false;
        return Of(model).Probe(_time.GetSteadyNow(), isThere);
    }

    /// <summary>By provider and model: targets that differ in address or account are counted together.</summary>
    private IEnumerable<Measurement<int>> Observe()
    {
        var now = _time.GetSteadyNow();
        var usedUp = _exhausted.Where(key => now < key.Value).Select(key => key.Key.Target).ToLookup(target => target);
        return _states.GroupBy(state => (state.Key.Provider, state.Key.Model)).Select(group => new Measurement<int>(
            group.Sum(state => state.Value.IsLast(now) ? 1 : usedUp[state.Key].Count()), new("gen_ai.provider.name", group.Key.Provider), new("gen_ai.request.model", group.Key.Model)));
    }

    private void Pause(RouteModel model, SecretReference? key, TimeSpan wait)
    {
        var until = _time.GetSteadyNow() + (wait < LongestPause ? wait : LongestPause);
        _exhausted.AddOrUpdate((TargetKey.Of(model), key), until, (_, known) => until > known ? until : known);
        // Whoever is well has no state, and nothing else is looked for then.
        Of(model);
    }

    private State Of(RouteModel model) => _states.GetOrAdd(TargetKey.Of(model), _ => new State());

    private sealed class State
    {
        private readonly Lock _lock = new();
        private int _failures;
        private int _openings;
        private int _unanswered;
        private TimeSpan? _until;

        public bool IsLast(TimeSpan now)
        {
            lock (_lock) return _unanswered >= ProbesToOpen || now < _until;
        }

        public bool TryPass(TimeSpan now)
        {
            lock (_lock)
            {
                if (_unanswered >= ProbesToOpen) return false;
                if (_until is not { } until) return true;
                if (now < until) return false;
                // One tries; who comes meanwhile goes elsewhere.
                _until = now + FirstPause;
                return true;
            }
        }

        public void Close()
        {
            lock (_lock) (_failures, _openings, _unanswered, _until) = (0, 0, 0, null);
        }

        public void Fail(TimeSpan now)
        {
            lock (_lock)
            {
                _failures++;
                if (_until is null && _failures < FailuresToOpen) return;
                var pause = FirstPause * Math.Pow(2, Math.Min(_openings++, 6));
                _until = now + (pause < LongestPause ? pause : LongestPause);
            }
        }

        public bool Probe(TimeSpan now, bool isThere)
        {
            lock (_lock)
            {
                var wasDown = _unanswered >= ProbesToOpen;
                if (!isThere)
                {
                    _unanswered = Math.Min(_unanswered + 1, ProbesToOpen);
                    return !wasDown && _unanswered >= ProbesToOpen;
                }

                _unanswered = 0;
                // That it is there does not mean that it answers questions: a call has to show it.
                if (_until > now) _until = now;
                return wasDown;
            }
        }
    }
}
