using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class WarmUpTests
{
    private readonly ScriptedEngine _engine = new() { ContextLength = 1000 };
    private readonly LengthEmbedder _embedder = new();
    private readonly ManualTimeProvider _time = new();

    private ServedModels Models => new(
        new LlmModel("llama", _engine, new CharTokenizer(), new GenerationDefaults(MaxTokens: 100)),
        [new EmbeddingModel("instructor", _embedder, new CharTokenizer(hasBos: false))],
        DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task Run_AllModels_AsksEachInTheWaysThatRequestsDo()
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await new WarmUp(services, _time, NullLogger.Instance).RunAsync(Models, CancellationToken.None);

        Assert.Equal(4, _engine.Requests.Count);
        Assert.Contains(_engine.Requests, request => request.Sampling.Temperature == 0);
        Assert.Contains(_engine.Requests, request => request.Sampling is { TopP: < 1, TopK: > 0, Logprobs: 2 });
        Assert.Contains(_engine.Requests, request => request.Sampling.Form is not null);
        // Nobody else's cache or share of the queue is touched.
        Assert.Single(_engine.Requests.Select(request => request.ClientId).Distinct());
        Assert.DoesNotContain(_engine.Requests, request => request.ClientId == "anonymous");
        Assert.Equal(0, _engine.Running);
    }

    [Fact]
    public async Task Run_ModelThatFails_IsSaidByTypeAndEndsNothing()
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var logs = new RecordedLogs();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(logs));
        _engine.BeforeToken = (_, _) => throw new InvalidOperationException("secret");

        await new WarmUp(services, _time, factory.CreateLogger("warm-up")).RunAsync(Models, CancellationToken.None);

        Assert.True(_engine.Requests.Count >= 3);
        Assert.DoesNotContain(logs.Lines, line => line.Contains("secret", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.Contains("warms up failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SlowModel_BeginsNothingAfterItsPatience()
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        _engine.BeforeToken = (_, _) =>
        {
            _time.Advance(WarmUp.Patience);
            return Task.CompletedTask;
        };

        await new WarmUp(services, _time, NullLogger.Instance).RunAsync(Models, CancellationToken.None);

        Assert.Single(_engine.Requests);
    }

    [Fact]
    public async Task Start_ModelsThatWarmUp_AreServedAfterwards()
    {
        var loader = new WarmingLoader(Models);
        await using var worker = await WorkerUnderTest.StartAsync(loader: loader);
        await loader.Begun.Task.WaitAsync(WorkerUnderTest.Deadline);
        Assert.Equal(ServingPhase.Loading, worker.State.Phase);
        Assert.Null(worker.State.Models);

        loader.End.SetResult();
        await WorkerUnderTest.UntilAsync(() => worker.State.Phase == ServingPhase.Serving, "the models to be served");
    }

    private sealed class WarmingLoader(ServedModels models) : IModelLoader
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServedModels Load(CancellationToken cancellationToken) => models;

        public Task WarmUpAsync(ServedModels models, IServiceProvider services, CancellationToken cancellationToken)
        {
            Begun.SetResult();
            return End.Task;
        }
    }
}
