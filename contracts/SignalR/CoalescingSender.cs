using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.SignalR;

/// <summary>
/// Sends one stream: gathers text pieces into <c>token</c> and <c>thought</c> messages, one in flight at a time, in order, then one final <c>done</c> or <c>error</c>.
/// The producer never waits: a slow service makes the messages larger. Thread-safe.
/// </summary>
public sealed partial class CoalescingSender : IAsyncDisposable
{
    private readonly IStreamChannel _channel;
    private readonly string _streamId;
    private readonly TimeProvider _time;
    private readonly CoalescingSettings _settings;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly PendingText _pending = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task<bool> _run;
    private Func<long, (string Target, object Argument)>? _final;
    private bool _closed;
    private long _seq;
    private long? _lastSent;

    public CoalescingSender(IStreamChannel channel, string streamId, TimeProvider time, CoalescingSettings? settings = null, ILogger<CoalescingSender>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(channel);
        ArgumentException.ThrowIfNullOrWhiteSpace(streamId);
        _channel = channel;
        _streamId = streamId;
        _time = time;
        _settings = settings ?? new CoalescingSettings();
        _logger = logger ?? NullLogger<CoalescingSender>.Instance;
        _run = Task.Run(RunAsync);
    }

    /// <summary>Adds a piece of the answer and returns at once.</summary>
    /// <param name="isThought">Whether it is what the model thinks, which goes in <c>thought</c> messages.</param>
    /// <returns>False when the stream takes no more: it has ended, could not be delivered, or fell too far behind. The producer may stop.</returns>
    public bool Append(string text, bool isThought = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        lock (_lock)
        {
            if (_closed)
                return false;
            if (_pending.Length + text.Length > _settings.MaxPendingChars)
            {
                End(seq => (StreamError.Target, new StreamError(_streamId, seq, new ErrorDetail("stream_too_slow", "The stream fell too far behind and was ended.", "server_error"))));
                return false;
            }

            var (waited, before) = (_pending.Sendable > 0, _pending.Bytes);
            _pending.Append(text, isThought);
            if (!waited || (before < _settings.MessageBytes && _pending.Bytes >= _settings.MessageBytes))
                Signal();
            return true;
        }
    }

    /// <summary>Ends the stream well: what waits is sent, then <c>done</c>. Only the first end counts.</summary>
    /// <returns>Whether everything was delivered.</returns>
    public Task<bool> CompleteAsync(string finishReason, Usage? usage, IReadOnlyList<object>? citations, CancellationToken cancellationToken, bool? answered = null)
    {
        lock (_lock)
            if (!_closed)
                End(seq => (StreamDone.Target, new StreamDone(_streamId, seq, finishReason, usage, citations, answered)));
        return _run.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the stream with <c>error</c>, after what waits. Only the first end counts.</summary>
    /// <returns>Whether everything was delivered.</returns>
    public Task<bool> FailAsync(ErrorDetail error, CancellationToken cancellationToken)
    {
        lock (_lock)
            if (!_closed)
                End(seq => (StreamError.Target, new StreamError(_streamId, seq, error)));
        return _run.WaitAsync(cancellationToken);
    }

    /// <summary>Stops at once; what has not been sent is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
            _closed = true;
        await _stopping.CancelAsync();
        await _run;
        _stopping.Dispose();
        _changed.Dispose();
    }

    private void End(Func<long, (string Target, object Argument)> final)
    {
        _closed = true;
        _final = final;
        Signal();
    }

    private void Signal()
    {
        if (_changed.CurrentCount == 0)
            _changed.Release();
    }

    private async Task<bool> RunAsync()
    {
        try
        {
            while (true)
            {
                var (text, isThought, final, wait) = Next();
                if (text is not null && isThought)
                    await DeliverAsync(StreamThought.Target, new StreamThought(_streamId, _seq, text));
                else if (text is not null)
                    await DeliverAsync(StreamToken.Target, new StreamToken(_streamId, _seq, text));
                else if (final is null)
                    await WaitAsync(wait);
                else
                    break;
            }

            var (target, argument) = _final!(_seq);
            await DeliverAsync(target, argument);
            return true;
        }
        catch (SignalRRequestException failure)
        {
            lock (_lock)
                _closed = true;
            LogUndelivered(_streamId, _seq, (int?)failure.Status);
            return false;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception failure)
        {
            // Whatever a channel throws must not fell the producer; its message may quote what was sent, its type does not.
            lock (_lock)
                _closed = true;
            LogFailed(_streamId, _seq, failure.GetType().Name);
            return false;
        }
    }

    /// <summary>What is due: text, the end, or a wait (null: until something changes).</summary>
    private (string? Text, bool IsThought, object? Final, TimeSpan? Wait) Next()
    {
        lock (_lock)
        {
            var ending = _final is not null;
            if ((ending ? _pending.Length : _pending.Sendable) == 0)
                return (null, false, _final, null);
            if (!ending && _pending.Bytes < _settings.MessageBytes && _lastSent is { } last)
            {
                var left = _settings.Interval - _time.GetElapsedTime(last);
                if (left > TimeSpan.Zero)
                    return (null, false, null, left);
            }

            var (text, isThought) = _pending.Take(_settings.MaxMessageChars, ending);
            return (text, isThought, null, null);
        }
    }

    private async Task WaitAsync(TimeSpan? most)
    {
        if (most is not { } delay)
        {
            await _changed.WaitAsync(_stopping.Token);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var change = _changed.WaitAsync(either.Token);
        await Task.WhenAny(change, Task.Delay(delay, _time, either.Token));
        await either.CancelAsync();

        // A change that came just now has been taken: Next looks at everything anyway.
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private async Task DeliverAsync(string target, object argument)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await AttemptAsync(target, argument);
                _seq++;
                return;
            }
            catch (SignalRRequestException failure) when (failure.IsTransient && attempt < _settings.Attempts)
            {
                var backoff = failure.RetryAfter ?? _settings.FirstBackoff * Math.Pow(2, attempt - 1);
                await Task.Delay(backoff < _settings.MaxBackoff ? backoff : _settings.MaxBackoff, _time, _stopping.Token);
            }
        }
    }

    private async Task AttemptAsync(string target, object argument)
    {
        using var timeout = new CancellationTokenSource(_settings.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, timeout.Token);
        try
        {
            var sending = _channel.SendAsync(target, argument, either.Token);
            _lastSent = _time.GetTimestamp();
            await sending;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            throw new SignalRRequestException("SignalR did not answer in time.", null);
        }
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "Stream {StreamId} could not be delivered beyond message {Seq}: status {Status}.")]
    private partial void LogUndelivered(string streamId, long seq, int? status);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Error, Message = "Stream {StreamId} could not be delivered beyond message {Seq}: {ExceptionType}.")]
    private partial void LogFailed(string streamId, long seq, string exceptionType);
}
