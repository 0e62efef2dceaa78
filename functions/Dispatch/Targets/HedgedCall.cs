namespace Serverless.Functions.Dispatch;

/// <summary>
/// Two ways to the same thing, of which the second is begun only when the first takes longer than it should: whichever gives a value first wins, and
/// the other one is cancelled at once. Where one fails, the other decides. Both have ended, or were told to, when <see cref="RunAsync"/> ends.
/// </summary>
internal sealed class HedgedCall<T>(TimeProvider time, CancellationToken caller) : IDisposable
{
    private readonly CancellationTokenSource _first = CancellationTokenSource.CreateLinkedTokenSource(caller);
    private readonly CancellationTokenSource _second = CancellationTokenSource.CreateLinkedTokenSource(caller);

    /// <summary>Whether the second was begun.</summary>
    public bool IsHedged { get; private set; }

    /// <summary>Whether the second gave the value, or was the last to fail.</summary>
    public bool SecondDecided { get; private set; }

    /// <summary>What did not decide: it may still end, by its cancellation or with a value that nobody wants. Null where the first was alone.</summary>
    public Task<T>? Loser { get; private set; }

    /// <param name="delay">How long the first is waited for.</param>
    /// <param name="mayBegin">Asked once, when that time is over: whether the second may be begun.</param>
    /// <returns>The first value. What comes of it may use its token until this is disposed of.</returns>
    /// <exception cref="Exception">Of the last to fail, when both do; of the first, when it fails alone.</exception>
    public async Task<T> RunAsync(Func<CancellationToken, Task<T>> first, Func<CancellationToken, Task<T>> second, TimeSpan delay, Func<Task<bool>> mayBegin)
    {
        var one = first(_first.Token);
        if (!await IsLateAsync(one, delay).ConfigureAwait(false) || !await mayBegin().ConfigureAwait(false) || one.IsCompleted) return await one.ConfigureAwait(false);

        IsHedged = true;
        var two = second(_second.Token);
        var decides = await Task.WhenAny(one, two).ConfigureAwait(false);
        if (!decides.IsCompletedSuccessfully)
        {
            var other = decides == one ? two : one;
            decides = await Task.WhenAny(other).ConfigureAwait(false);
        }

        (SecondDecided, Loser) = decides == two ? (true, one) : (false, two);
        await (SecondDecided ? _first : _second).CancelAsync().ConfigureAwait(false);
        // Nobody need look at how it ends.
        _ = Loser.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await decides.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private async Task<bool> IsLateAsync(Task<T> one, TimeSpan delay)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(caller);
        var late = Task.Delay(delay, time, waiting.Token);
        var isLate = await Task.WhenAny(one, late).ConfigureAwait(false) == late && late.IsCompletedSuccessfully;
        await waiting.CancelAsync().ConfigureAwait(false);
        return isLate;
    }
}
