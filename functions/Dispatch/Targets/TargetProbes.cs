using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Asks targets whether they are there, at the pace that their route says (<see cref="RouteRouting.ProbeSeconds"/>, give or take a tenth, so that
/// instances do not come together), and tells <see cref="TargetHealth"/>. Each instance asks for itself: it is its own way to the target that matters to it.
/// A route that nobody has used for a minute and two of its intervals is left alone unless it says otherwise; one that no call has reached yet is not
/// known here.
/// </summary>
public sealed partial class TargetProbes(RouteStore routes, RouteTargets targets, TargetHealth health, TimeProvider time, ILogger<TargetProbes> logger) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TargetKey, Probe> _probes = new();
    private volatile bool _isDisposed;
    private long _asked;

    /// <summary>How many targets are asked now.</summary>
    internal int Count => _probes.Count;

    /// <summary>How many rounds have ended and planned the next.</summary>
    internal long Asked => Interlocked.Read(ref _asked);

    /// <summary>The route is used: its targets are asked from now on, where it says so.</summary>
    public void Saw(ResolvedRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        if (_isDisposed || route.Version.Routing?.ProbeSeconds is null) return;
        foreach (var target in route.Version.AllTargets)
        {
            var model = target.Model;
            var probe = _probes.GetOrAdd(TargetKey.Of(model), _ => new Probe());
            if (probe.Used(route, model, time.GetSteadyNow())) probe.Start(time.CreateTimer(_ => _ = RunAsync(probe), null, Jittered(route), Timeout.InfiniteTimeSpan));
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var probe in _probes.Values) probe.Dispose();
    }

    private static TimeSpan Jittered(ResolvedRoute route) => TimeSpan.FromSeconds(route.Version.Routing!.ProbeSeconds!.Value * (0.9 + (0.2 * Random.Shared.NextDouble())));

    private async Task RunAsync(Probe probe)
    {
        var (route, model, usedAt) = probe.Last;
        try
        {
            if (_isDisposed || !await IsWantedAsync(route, usedAt).ConfigureAwait(false))
            {
                _probes.TryRemove(TargetKey.Of(model), out _);
                probe.Dispose();
                return;
            }

            var isThere = await AskAsync(route, model).ConfigureAwait(false);
            if (health.Probed(model, isThere)) LogChanged(logger, model.Provider, route.Name, isThere);
        }
        catch (Exception exception) when (exception is GatewayException or Azure.RequestFailedException or AggregateException or IOException or HttpRequestException)
        {
            // The configuration or the vault cannot be read now, which says nothing of the target.
        }

        probe.Again(Jittered(route));
        Interlocked.Increment(ref _asked);
    }

    private async Task<bool> IsWantedAsync(ResolvedRoute route, TimeSpan usedAt)
    {
        var routing = route.Version.Routing!;
        var patience = Idle + (2 * TimeSpan.FromSeconds(routing.ProbeSeconds!.Value));
        if (time.GetSteadyNow() - usedAt <= patience) return true;
        if (!routing.ProbeWhenIdle) return false;
        // A version that is no longer the route's is asked for by whoever uses it.
        return await routes.GetAsync(route.Name, CancellationToken.None).ConfigureAwait(false) is { Deleted: false } now && now.Current == route.Version.Version;
    }

    private async Task<bool> AskAsync(ResolvedRoute route, RouteModel model)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        var target = await targets.TargetAsync(route, model, limit.Token).ConfigureAwait(false);
        try
        {
            await targets.ProviderOf(model).ProbeAsync(target, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is UpstreamException or OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1203, LogLevel.Warning, "A probe changed what is known of provider {Provider} of route {Route}: there {IsThere}.")]
    private static partial void LogChanged(ILogger logger, string provider, string route, bool isThere);

    private sealed class Probe : IDisposable
    {
        private readonly Lock _lock = new();
        private ITimer? _timer;
        private bool _isStarted;
        private bool _isOver;
        private (ResolvedRoute Route, RouteModel Model, TimeSpan UsedAt) _last;

        public (ResolvedRoute Route, RouteModel Model, TimeSpan UsedAt) Last
        {
            get
            {
                lock (_lock) return _last;
            }
        }

        /// <summary>Whether it is the first use.</summary>
        public bool Used(ResolvedRoute route, RouteModel model, TimeSpan now)
        {
            lock (_lock)
            {
                _last = (route, model, now);
                if (_isStarted) return false;
                return _isStarted = true;
            }
        }

        public void Start(ITimer timer)
        {
            lock (_lock) _timer = timer;
            if (_isOver) timer.Dispose();
        }

        public void Again(TimeSpan after)
        {
            lock (_lock)
            {
                if (!_isOver) _timer?.Change(after, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _isOver = true;
                _timer?.Dispose();
            }
        }
    }
}
