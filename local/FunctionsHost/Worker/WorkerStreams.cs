using System.Collections.Concurrent;
using Grpc.Core;
using Serverless.FunctionsHost.Protocol;

namespace Serverless.FunctionsHost.Worker;

/// <summary>The FunctionRpc service: hands each worker's stream to the channel that waits for it.</summary>
internal sealed class WorkerStreams(ILoggerFactory loggers) : FunctionRpc.FunctionRpcBase
{
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected = new();

    public WorkerChannel Expect()
    {
        var channel = new WorkerChannel(Guid.NewGuid().ToString(), loggers);
        _expected[channel.WorkerId] = channel;
        return channel;
    }

    public void Forget(WorkerChannel channel) => _expected.TryRemove(channel.WorkerId, out _);

    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        try
        {
            // Another local user does not know the worker's id, which is random for each start.
            if (!await requestStream.MoveNext(context.CancellationToken)
                || requestStream.Current.ContentCase != StreamingMessage.ContentOneofCase.StartStream
                || !_expected.TryRemove(requestStream.Current.StartStream.WorkerId, out var channel)) return;
            await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
        }
        catch (Exception e) when (context.CancellationToken.IsCancellationRequested || e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The worker ended; its supervisor sees that too.
        }
    }
}
