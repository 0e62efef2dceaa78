using System.Collections.Concurrent;
using System.Threading.Channels;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.SignalR;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api.Streams;

/// <summary>
/// The answers that this worker pushes over SignalR, in the messages of the gateway's streams. A stream outlives the request that started it and counts as in flight, so that
/// a drain waits for it; a slow receiver slows nobody. Thread-safe.
/// </summary>
internal sealed class PushedStreams(SignalRServiceClient signalR, int most, ServingState state, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>How long the answer to a request waits for a refusal, which then has a status.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMilliseconds(50);

    private static readonly ErrorDetail Stopped = new("stream_stopped", "The stream was stopped.", "invalid_request_error");

    private readonly ConcurrentDictionary<string, PushedStream> _running = new(StringComparer.Ordinal);
    private readonly ILogger _logger = loggers.CreateLogger<PushedStreams>();

    /// <summary>Streams that have not ended.</summary>
    public int Count => _running.Count;

    /// <summary>Starts a stream of one sequence.</summary>
    /// <param name="owner">Who may stop it.</param>
    /// <param name="target">A valid one.</param>
    /// <returns>The stream's id.</returns>
    /// <exception cref="ApiException">409 where a stream has this id, 429 beyond the limit, 503 while draining; and what the engine refuses at once.</exception>
    public async Task<string> StartAsync(string owner, StreamTarget target, SequenceBatch batch, int promptTokens)
    {
        var id = target.StreamId ?? Guid.NewGuid().ToString("N");
        var admission = state.Enter();
        var stream = new PushedStream(owner, CancellationTokenSource.CreateLinkedTokenSource(state.HardStop));
        try
        {
            Add(id, stream);
        }
        catch
        {
            stream.Dispose();
            admission.Dispose();
            throw;
        }

        var (pieces, ended) = batch.Start(stream.Token);
        var first = pieces.WaitToReadAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(first, Task.Delay(RefusalTime, time));
        var isRefused = first.IsFaulted;
        var run = RunAsync(id, stream, isRefused ? null : target, pieces, ended, promptTokens, admission);
        if (!isRefused) return id;
        await run;
        await first;
        return id;
    }

    /// <summary>Stops a stream of <paramref name="owner"/>'s.</summary>
    /// <returns>False when no such stream runs here.</returns>
    public bool Stop(string id, string owner)
    {
        if (!_running.TryGetValue(id, out var stream) || stream.Owner != owner) return false;
        stream.Stop();
        return true;
    }

    private void Add(string id, PushedStream stream)
    {
        lock (_running)
        {
            if (_running.Count >= most) throw StreamErrors.TooMany(most);
            if (!_running.TryAdd(id, stream)) throw StreamErrors.Exists();
        }
    }

    /// <param name="target">Null where the request was refused and nobody is told anything.</param>
    private async Task RunAsync(string id, PushedStream stream, StreamTarget? target, ChannelReader<SequencePiece> pieces, Task ended, int promptTokens, IDisposable admission)
    {
        try
        {
            if (target is not null) await PushAsync(id, stream, target, pieces, promptTokens);
        }
        finally
        {
            // A receiver that takes no more leaves a sequence that nobody waits for.
            stream.Stop();
            await ended;
            _running.TryRemove(id, out _);
            stream.Dispose();
            admission.Dispose();
        }
    }

    private async Task PushAsync(string id, PushedStream stream, StreamTarget target, ChannelReader<SequencePiece> pieces, int promptTokens)
    {
        var channel = new SignalRStreamChannel(signalR, target.Hub!, target.User!, null);
        await using var sender = new CoalescingSender(channel, id, time, logger: loggers.CreateLogger<CoalescingSender>());

        // The last words are never cancelled: the sender's own attempts bound them.
        try
        {
            await foreach (var piece in pieces.ReadAllAsync(CancellationToken.None))
            {
                if (piece.Text.Length > 0 && !sender.Append(piece.Text)) break;
                if (piece.Result is not { } result) continue;
                await sender.CompleteAsync(result.FinishReason, SequenceUsage.Of(promptTokens, [result]), null, CancellationToken.None);
                return;
            }

            // A sender that gave up has an end of its own, which this waits for; the engine need not go on.
            stream.Stop();
            await sender.FailAsync(ApiErrors.Internal().Error, CancellationToken.None);
        }
        catch (Exception e)
        {
            if (RequestErrors.Describe(e, state) is { Status: StatusCodes.Status500InternalServerError }) ApiLog.Unexpected(_logger, e.GetType().FullName!, e.StackTrace ?? "");
            var error = stream.IsStopped ? Stopped : RequestErrors.Describe(e, state)?.Error ?? Stopped;
            await sender.FailAsync(error, CancellationToken.None);
        }
    }
}
