using System.Collections.Concurrent;
using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Streaming;

/// <summary>
/// The answers that this instance pushes over SignalR. A stream outlives the request that started it; an instance that stops lets its
/// streams finish for a while and then ends them with an error message. Thread-safe.
/// </summary>
public sealed partial class AnswerStreams(
    IGateway gateway,
    SignalRServiceClient signalR,
    StreamCancellations cancellations,
    StreamResumptions resumptions,
    StreamingOptions options,
    TimeProvider time,
    ILogger<AnswerStreams> logger,
    ILogger<CoalescingSender> senderLogger) : IAsyncDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    /// <summary>What is kept of one stream: more than a minute's messages, and more text than most answers have.</summary>
    private const int KeptMessages = 4096, KeptBytes = 256 * 1024;

    private static readonly ErrorDetail Stopped = new("stream_stopped", "The stream was stopped.", "invalid_request_error");
    private static readonly ErrorDetail Stopping = new("instance_stopping", "The instance that wrote this answer was stopped; ask again.", "server_error");
    private static readonly ErrorDetail Unexpected = new("internal_error", "Something went wrong inside the gateway.", "server_error");

    private readonly ConcurrentDictionary<string, RunningStream> _running = new();
    private readonly EndedStreams _ended = new(options.MaxStreams, options.KeepTime, time);
    private readonly CancellationTokenSource _shutdown = new();
    private readonly Lock _starting = new();
    private ITimer? _looking;
    private bool _draining;

    /// <summary>Streams that have not ended.</summary>
    public int Count => _running.Count;

    /// <summary>Starts a stream and returns its id at once.</summary>
    /// <param name="id">The stream's, never used before.</param>
    /// <param name="connectionId">The connection to push to; null: every connection of the caller.</param>
    /// <exception cref="GatewayException">This instance pushes as many streams as it may (429), or is stopping (503).</exception>
    public string Start(string id, AnswerRequest request, string? connectionId)
    {
        ArgumentNullException.ThrowIfNull(request);

        // Under the lock nothing starts past the limit, nor after the instance has counted what it waits for.
        lock (_starting)
        {
            if (_draining) throw new GatewayException(503, Stopping, TimeSpan.FromSeconds(1));
            if (_running.Count >= options.MaxStreams)
            {
                throw new GatewayException(
                    429,
                    new ErrorDetail("too_many_streams", $"This instance already pushes {options.MaxStreams} streams.", "rate_limit_error"),
                    TimeSpan.FromSeconds(1));
            }

            var channel = new ResumableChannel(signalR, StreamingOptions.Hub, request.Caller.Subject, connectionId, new KeptMessages(KeptMessages, KeptBytes));
            var stream = new RunningStream(request.Caller, channel, CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token));
            _running[id] = stream;
            _looking ??= time.CreateTimer(_ => _ = LookAsync(), null, CheckInterval, CheckInterval);
            stream.Task = Task.Run(() => RunAsync(id, stream, request), CancellationToken.None);
        }

        return id;
    }

    /// <summary>Stops a stream of <paramref name="caller"/>'s.</summary>
    /// <returns>False when no such stream runs on this instance.</returns>
    public bool Stop(string streamId, Caller caller)
    {
        if (!_running.TryGetValue(streamId, out var stream) || stream.Owner.Subject != caller.Subject) return false;
        stream.Cancel();
        return true;
    }

    /// <summary>Sends a caller who has lost a connection what was missed of a stream, and what follows; also for a while after its end.</summary>
    /// <returns>False when no such stream of the caller's is known on this instance.</returns>
    /// <exception cref="GatewayException">The stream's messages from there on are not kept any more (410), or there are none yet (400); SignalR did not take them (503).</exception>
    public async Task<bool> ResumeAsync(string streamId, Caller caller, StreamResumption resumption, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(resumption);
        if (Find(streamId) is not { } stream || stream.Owner.Subject != caller.Subject) return false;
        try
        {
            return await stream.Channel.ResumeAsync(resumption.Next, resumption.ConnectionId, cancellationToken).ConfigureAwait(false) is { } kept ? throw NotKept(resumption.Next, kept.First, kept.Next) : true;
        }
        catch (SignalRRequestException exception)
        {
            throw new GatewayException(503, new ErrorDetail("signalr_unavailable", "The SignalR service did not take the messages.", "server_error"), exception.RetryAfter ?? TimeSpan.FromSeconds(1), exception);
        }
    }

    private static GatewayException NotKept(long asked, long first, long next) => asked > next
        ? GatewayException.Invalid("next", $"'next' must be at most {next}: the stream has no message beyond it yet.")
        : new GatewayException(410, new ErrorDetail("stream_messages_gone", $"The stream's messages are kept from {first} on; ask again.", "invalid_request_error", "next"));

    public async ValueTask DisposeAsync()
    {
        Task all;
        lock (_starting)
        {
            if (_draining) return;
            _draining = true;
            all = Task.WhenAll(_running.Values.Select(s => s.Task));
        }

        await Task.WhenAny(all, Task.Delay(options.DrainTime, time)).ConfigureAwait(false);
        await _shutdown.CancelAsync().ConfigureAwait(false);
        await all.ConfigureAwait(false);
        _looking?.Dispose();
        _ended.Dispose();
        _shutdown.Dispose();
    }

    private async Task RunAsync(string id, RunningStream stream, AnswerRequest request)
    {
        var sender = new CoalescingSender(stream.Channel, id, time, logger: senderLogger);
        await using var _ = sender.ConfigureAwait(false);
        using var watch = time.CreateTimer(_ => _ = CheckAsync(id, stream), null, CheckInterval, CheckInterval);
        var delivered = false;

        // The last words are never cancelled, not even by an instance that stops: the sender's own attempts bound them.
        try
        {
            delivered = await PushAsync(id, sender, stream, request).ConfigureAwait(false);
        }
        catch (GatewayException exception)
        {
            await sender.FailAsync(exception.Error, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await sender.FailAsync(_shutdown.IsCancellationRequested ? Stopping : Stopped, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogFailed(logger, id, exception.GetType().FullName, exception.StackTrace);
            await sender.FailAsync(Unexpected, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            // In one of the two at any time, for whoever comes back.
            _ended.Add(id, stream);
            _running.TryRemove(id, out var _);
            LogEnded(logger, id, delivered);
        }
    }

    /// <returns>Whether the whole answer was delivered.</returns>
    private async Task<bool> PushAsync(string id, CoalescingSender sender, RunningStream stream, AnswerRequest request)
    {
        await foreach (var answer in gateway.StreamAsync(request, stream.Token).ConfigureAwait(false))
        {
            if (answer is AnswerCompleted completed)
                return await sender.CompleteAsync(completed.FinishReason, completed.Usage, [.. completed.Citations], CancellationToken.None, completed.Answered).ConfigureAwait(false);
            if (answer is not AnswerText text) continue;
            var isTaken = !request.ShowsThoughts || text.Extra is not { } extra || MessageExtra.Thoughts(extra) is not { } thoughts || sender.Append(thoughts, isThought: true);
            if (isTaken && sender.Append(text.Text)) continue;

            // Nobody takes more, so the provider need not go on.
            LogUndeliverable(logger, id);
            break;
        }

        // A sender that gave up has an end of its own, which this waits for; an answer that breaks off without one is a fault.
        await sender.FailAsync(Unexpected, CancellationToken.None).ConfigureAwait(false);
        return false;
    }

    private async Task CheckAsync(string id, RunningStream stream)
    {
        try
        {
            if (await cancellations.IsRequestedAsync(id, stream.Owner, stream.Token).ConfigureAwait(false)) stream.Cancel();
        }
        catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException or ObjectDisposedException)
        {
            // The next check asks again.
        }
    }

    /// <summary>Does what other instances were asked for the streams of this one.</summary>
    private async Task LookAsync()
    {
        if (_running.IsEmpty && _ended.Count == 0) return;
        try
        {
            await foreach (var id in resumptions.WaitingAsync(_shutdown.Token).ConfigureAwait(false))
                if (Find(id) is { } stream && await resumptions.TakeAsync(id, stream.Owner, _shutdown.Token).ConfigureAwait(false) is { } resumption) await ResumeAsync(id, stream, resumption).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException or ObjectDisposedException)
        {
            // The next look finds it.
        }
    }

    private async Task ResumeAsync(string id, RunningStream stream, StreamResumption resumption)
    {
        try
        {
            if (await stream.Channel.ResumeAsync(resumption.Next, resumption.ConnectionId, _shutdown.Token).ConfigureAwait(false) is not { } kept) return;
            // Whoever asked had an answer already: what cannot be had is told where the messages would have come.
            var error = new StreamError(id, resumption.Next, NotKept(resumption.Next, kept.First, kept.Next).Error);
            await stream.Channel.TellAsync(resumption.ConnectionId, StreamError.Target, error, _shutdown.Token).ConfigureAwait(false);
        }
        catch (SignalRRequestException)
        {
            LogUndeliverable(logger, id);
        }
    }

    private RunningStream? Find(string id) => _running.GetValueOrDefault(id) ?? _ended.Find(id);

    [LoggerMessage(5001, LogLevel.Debug, "Stream {StreamId} ended; delivered to its end: {Delivered}.")]
    private static partial void LogEnded(ILogger logger, string streamId, bool delivered);

    [LoggerMessage(5002, LogLevel.Warning, "Stream {StreamId} could not be delivered and was given up.")]
    private static partial void LogUndeliverable(ILogger logger, string streamId);

    [LoggerMessage(5003, LogLevel.Error, "Stream {StreamId} failed with {ExceptionType}.\n{Stack}")]
    private static partial void LogFailed(ILogger logger, string streamId, string? exceptionType, string? stack);
}
