using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Serverless.FunctionsHost.Protocol;
using Content = Serverless.FunctionsHost.Protocol.StreamingMessage.ContentOneofCase;

namespace Serverless.FunctionsHost.Worker;

/// <summary>The conversation with one worker process, over its one stream. Thread-safe; it ends with the process and is not used again.</summary>
internal sealed class WorkerChannel(string workerId, ILoggerFactory loggers)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private readonly ConcurrentDictionary<Content, TaskCompletionSource<StreamingMessage>> _answers = new();
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();

    public string WorkerId => workerId;

    /// <summary>The worker's own HTTP endpoint, to which requests are forwarded.</summary>
    public Uri? HttpAddress { get; private set; }

    public IReadOnlyList<FunctionDefinition> Functions { get; private set; } = [];

    /// <summary>Waits for the worker's stream, then has it load all of its functions.</summary>
    /// <exception cref="HostException">The worker refuses; with its own reason.</exception>
    /// <exception cref="OperationCanceledException">The worker ended, or took too long.</exception>
    public async Task LoadAsync(string appDirectory, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        await _started.Task.WaitAsync(either.Token);
        var initialised = (await AskAsync(
            new() { WorkerInitRequest = new() { HostVersion = "4.1037.0", WorkerDirectory = appDirectory, FunctionAppDirectory = appDirectory } },
            Content.WorkerInitResponse, either.Token)).WorkerInitResponse;
        Require(initialised.Result, "The worker did not start");
        HttpAddress = initialised.Capabilities.TryGetValue("HttpUri", out var address) ? new Uri(address) : null;
        var described = (await AskAsync(
            new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = appDirectory } }, Content.FunctionMetadataResponse, either.Token)).FunctionMetadataResponse;
        Require(described.Result, "The worker does not list its functions");
        var functions = described.FunctionMetadataResults.Select(FunctionDefinition.Of).ToList();

        // One after the other: an answer is told from another by its kind alone.
        foreach (var function in functions)
        {
            var loaded = (await AskAsync(
                new() { FunctionLoadRequest = new() { FunctionId = function.Id, Metadata = function.Metadata } }, Content.FunctionLoadResponse, either.Token)).FunctionLoadResponse;
            Require(loaded.Result, $"Function {function.Name} does not load");
        }

        Functions = functions;
    }

    /// <exception cref="InvocationFailedException">The function threw.</exception>
    /// <exception cref="WorkerProcessExitException">The worker ended first.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[request.InvocationId] = answer;
        await using var end = _ended.Token.Register(() => answer.TrySetException(new WorkerProcessExitException()));
        _outgoing.Writer.TryWrite(new() { InvocationRequest = request });
        await using var cancel = cancellationToken.Register(() => _outgoing.Writer.TryWrite(new() { InvocationCancel = new() { InvocationId = request.InvocationId } }));
        try
        {
            var response = await answer.Task;
            return response.Result.Status == StatusResult.Types.Status.Success ? response : throw new InvocationFailedException(response.Result);
        }
        finally
        {
            _invocations.TryRemove(request.InvocationId, out _);
        }
    }

    /// <summary>Asks the worker to end within the grace.</summary>
    public void Terminate(TimeSpan grace) => _outgoing.Writer.TryWrite(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });

    /// <summary>The process is gone: fails what still waits for it.</summary>
    public void End()
    {
        _outgoing.Writer.TryComplete();
        _ended.Cancel();
    }

    /// <summary>Serves the worker's stream until it breaks.</summary>
    public async Task RunAsync(IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        _started.TrySetResult();
        var writing = WriteAsync(outgoing, cancellationToken);
        while (await incoming.MoveNext(cancellationToken)) Receive(incoming.Current);
        _outgoing.Writer.TryComplete();
        await writing;
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken)) await outgoing.WriteAsync(message, cancellationToken);
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case Content.InvocationResponse:
                if (_invocations.TryGetValue(message.InvocationResponse.InvocationId, out var invocation)) invocation.TrySetResult(message.InvocationResponse);
                break;
            case Content.RpcLog:
                Log(message.RpcLog);
                break;
            default:
                if (_answers.TryRemove(message.ContentCase, out var waiting)) waiting.TrySetResult(message);
                break;
        }
    }

    private void Log(RpcLog log)
    {
        // The worker has written the line already, its exception included where it means to show it.
        var logger = _loggers.GetOrAdd(string.IsNullOrEmpty(log.Category) ? "Worker" : log.Category, loggers.CreateLogger);
        logger.Log((LogLevel)log.Level, 0, log.Message, null, static (message, _) => message);
    }

    private Task<StreamingMessage> AskAsync(StreamingMessage message, Content answer, CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[answer] = waiting;
        message.RequestId = Guid.NewGuid().ToString();
        _outgoing.Writer.TryWrite(message);
        return waiting.Task.WaitAsync(cancellationToken);
    }

    private static void Require(StatusResult result, string what)
    {
        if (result.Status != StatusResult.Types.Status.Success) throw new HostException($"{what}: {result.Exception?.Message ?? result.Result}");
    }
}
