using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// The second target that is asked for an answer when the first is late (<see cref="RouteRouting.HedgeAfterMs"/>,
/// <see cref="RouteRouting.HedgePercentile"/>), at most once for a request and within the retries that all requests share. It has an allowance of its own,
/// taken before it is asked, which settles what the loser took at the loser's price; a limit that has no room for it means that there is no second target.
/// </summary>
/// <param name="reserve">Reserves for a second call, at the price of the dearer of two targets.</param>
/// <param name="target">A target's address and credential.</param>
internal sealed class Hedging(
    RouteRouting routing,
    FirstTokenTimes times,
    RetryBudget retries,
    Generation generation,
    Func<RouteModel, RouteModel, CancellationToken, ValueTask<Admitted>> reserve,
    Func<RouteModel, IProvider> providerOf,
    Func<RouteModel, CancellationToken, Task<ProviderTarget>> target,
    TimeProvider time) : IDisposable
{
    // Sooner, a second target would be asked for nearly every answer.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LoserLimit = TimeSpan.FromSeconds(2);

    private HedgedCall<ResumableAnswer>? _call;
    private Admitted? _admitted;
    private RouteModel? _loser;
    private bool _isUsed;
    private long _started;

    public static bool Applies(RouteRouting? routing, int candidates) => routing is { IsHedged: true } && candidates > 1;

    /// <summary>Whether the second target decided.</summary>
    public bool SecondDecided => _call?.SecondDecided == true;

    /// <summary>Whether both were asked.</summary>
    public bool IsHedged => _call?.IsHedged == true;

    /// <summary>When to ask the second target; null for never: the request has had its hedge, or nobody knows what is late.</summary>
    public TimeSpan? DelayFor(RouteModel first)
    {
        if (_isUsed) return null;
        var measured = routing.HedgePercentile is { } percent ? times.Percentile(first, percent) : null;
        if (measured < Least) measured = Least;
        return measured ?? (routing.HedgeAfterMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null);
    }

    /// <summary>The first answer of two targets.</summary>
    /// <exception cref="GatewayException">The refusal or failure of the one that decided.</exception>
    public async Task<ResumableAnswer> OpenAsync(
        RouteModel first, RouteModel second, TimeSpan delay, Func<RouteModel, CancellationToken, Task<ResumableAnswer>> open, CancellationToken cancellationToken)
    {
        _isUsed = true;
        _started = time.GetTimestamp();
        _call = new HedgedCall<ResumableAnswer>(time, cancellationToken);
        try
        {
            return await _call.RunAsync(stop => open(first, stop), stop => open(second, stop), delay, () => MayBeginAsync(first, second, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            if (_call.IsHedged) _loser = _call.SecondDecided ? first : second;
            // It was given up: it would have taken at least as long.
            if (_call is { IsHedged: true, SecondDecided: true }) Measure(first, _started);
        }
    }

    /// <summary>An answer's first token has come.</summary>
    public void Measure(RouteModel model, long started)
    {
        if (routing.HedgePercentile is not null) times.Add(model, time.GetElapsedTime(started));
    }

    /// <summary>Ends the loser and settles what it took. Once, when the request ends.</summary>
    public async Task SettleAsync()
    {
        if (_admitted is not { } admitted) return;
        if (_loser is not { } loser)
        {
            admitted.Dispose();
            return;
        }

        var took = new BrokenOffUsage(generation);
        var ended = _call!.Loser!;
        await Task.WhenAny(ended, Task.Delay(LoserLimit, time)).ConfigureAwait(false);
        if (ended.IsCompletedSuccessfully) await EndAsync(ended.Result, took).ConfigureAwait(false);
        else if (!ended.IsCompleted) _ = ended.ContinueWith(t => t.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        var error = (ended.Exception?.InnerException as GatewayException)?.Error.Code ?? "hedge_lost";
        var usage = await took.CountAsync(providerOf(loser), stop => target(loser, stop), time, error).ConfigureAwait(false);
        admitted.Settle(new CallOutcome(usage, error, Counted: true, null, time.GetElapsedTime(_started)) { Provider = providerOf(loser).Name, Model = loser.Name, IsHedge = true });
    }

    public void Dispose()
    {
        _admitted?.Dispose();
        _call?.Dispose();
    }

    /// <summary>It had begun, and nobody will read it.</summary>
    private static async Task EndAsync(ResumableAnswer late, BrokenOffUsage took)
    {
        took.Append(late.Current);
        await late.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> MayBeginAsync(RouteModel first, RouteModel second, CancellationToken cancellationToken)
    {
        if (!retries.TrySpend()) return false;
        try
        {
            _admitted = await reserve(first, second, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (GatewayException)
        {
            // The first target's answer has its allowance; a second one is a luxury.
            return false;
        }
    }
}
