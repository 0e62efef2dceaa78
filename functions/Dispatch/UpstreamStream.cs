using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>A provider's stream under way, with a limit on every silence. Disposing it, or cancelling its caller, ends the call upstream at once.</summary>
public sealed class UpstreamStream : IAsyncDisposable
{
    private readonly UpstreamLimits _limits;
    private readonly CancellationToken _caller;

    // Over when a silence has lasted too long, or when the caller has gone.
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _gone;
    private IAsyncEnumerator<AnswerEvent>? _events;
    private bool _isFirstUnread;

    internal UpstreamStream(UpstreamLimits limits, TimeProvider time, CancellationToken caller)
    {
        _limits = limits;
        _caller = caller;
        _limit = new CancellationTokenSource(limits.First, time);
        _gone = caller.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), _limit);
    }

    /// <summary>The event that <see cref="MoveNextAsync"/> came to.</summary>
    public AnswerEvent Current => _events!.Current;

    /// <exception cref="UpstreamException">The stream broke, or was silent for too long.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        if (_isFirstUnread)
        {
            _isFirstUnread = false;
            return ValueTask.FromResult(true);
        }

        // What has come already costs neither a timer nor a measurement.
        var next = _events!.MoveNextAsync();
        return next.IsCompletedSuccessfully ? next : WaitAsync(next);
    }

    public async ValueTask DisposeAsync()
    {
        // Cancelled first: otherwise disposing would wait for what the provider has still to say. Behind a complete answer there is nothing.
        if (_events is not { Current: AnswerCompleted }) await _limit.CancelAsync().ConfigureAwait(false);
        try
        {
            if (_events is not null) await _events.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or UpstreamException)
        {
        }

        await _gone.DisposeAsync().ConfigureAwait(false);
        _limit.Dispose();
    }

    internal async Task StartAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call)
    {
        try
        {
            _events = (await call(_limit.Token).ConfigureAwait(false)).GetAsyncEnumerator(_limit.Token);
        }
        catch (OperationCanceledException) when (!_caller.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Timeout);
        }

        _isFirstUnread = await AdvanceAsync().ConfigureAwait(false);
        if (!_isFirstUnread) throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    private async ValueTask<bool> WaitAsync(ValueTask<bool> next)
    {
        using (RequestTiming.Upstream())
        {
            _limit.CancelAfter(_limits.Idle);
            return await CatchAsync(next).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> AdvanceAsync() => CatchAsync(_events!.MoveNextAsync());

    private async ValueTask<bool> CatchAsync(ValueTask<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_caller.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Timeout);
        }
    }
}
