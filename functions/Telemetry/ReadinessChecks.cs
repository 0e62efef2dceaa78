using System.Globalization;
using System.Net.Sockets;
using Azure;
using Serverless.Contracts;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// Asks every service that the app stands on, all at once, each for at most <see cref="Patience"/>. What came of it is told for <see cref="Keep"/>, so that
/// nobody makes load by asking; who asks meanwhile waits for the same round. It never throws.
/// </summary>
public sealed class ReadinessChecks(IEnumerable<DependencyProbe> probes, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Keep = TimeSpan.FromSeconds(5);

    private readonly DependencyProbe[] _probes = [.. probes];
    private readonly Lock _lock = new();
    private Task<Readiness>? _round;

    // Of the round: written before its task ends, read after.
    private TimeSpan _ended;

    public Task<Readiness> GetAsync()
    {
        lock (_lock)
        {
            var isFresh = _round is { IsCompletedSuccessfully: false } || (_round is not null && time.GetSteadyNow() - _ended < Keep);
            return isFresh ? _round! : _round = AskAllAsync();
        }
    }

    private static string ReasonOf(Exception exception) => exception switch
    {
        OperationCanceledException => "timeout",
        RequestFailedException { Status: > 0 } failed => Status(failed.Status),
        HttpRequestException { StatusCode: { } status } => Status((int)status),
        RequestFailedException or HttpRequestException or SocketException or IOException => "unreachable",
        AggregateException { InnerException: { } inner } => ReasonOf(inner),
        _ => "failed",
    };

    private static string Status(int status) => string.Create(CultureInfo.InvariantCulture, $"status_{status}");

    private async Task<Readiness> AskAllAsync()
    {
        var states = await Task.WhenAll(_probes.Select(AskAsync)).ConfigureAwait(false);
        var isDown = states.Any(s => s.Reason is not null);
        var isOut = states.Zip(_probes).Any(p => p.First.Reason is not null && p.Second.IsVital);
        _ended = time.GetSteadyNow();
        return new Readiness(isOut ? "not_ready" : isDown ? "degraded" : "ready", time.GetUtcNow(), states);
    }

    private async Task<DependencyState> AskAsync(DependencyProbe probe)
    {
        await Task.Yield();
        var started = time.GetTimestamp();
        string? reason = null;
        try
        {
            using var limit = new CancellationTokenSource(Patience, time);
            // One that does not look at its token is left behind.
            await probe.AskAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            reason = ReasonOf(exception);
        }

        return new DependencyState(probe.Name, reason is null ? "ok" : "down", Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1), reason);
    }
}
