using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;
using Serverless.Local.Durable;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>The same way over the real durable engine: its replay, its SQLite file, its restart.</summary>
[Collection(AzureCollection.Name)]
public sealed class DurableIngestionTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("durable-");
    private DurableEngine _engine = null!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _app.DisposeAsync();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task Engine_UploadReplaceDelete_FollowsTheBlob()
    {
        await SendAndWaitAsync("a.md", await _app.PutBlobAsync("a.md", "# A\n\nThe first stays.\n\n# B\n\nThe second goes.\n"));
        Assert.Equal(["The first stays.", "The second goes."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        await SendAndWaitAsync("a.md", await _app.PutBlobAsync("a.md", "# A\n\nThe first stays.\n"));
        Assert.Equal(["The first stays."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.md"))!.State);
        await SendAndWaitAsync("a.md", await _app.DeleteBlobAsync("a.md"));
        Assert.Empty(await _app.IndexedAsync());
        Assert.Null(await _app.StatusAsync("a.md"));
    }

    [Fact]
    public async Task Engine_PoisonAmongOthers_FailsAlone()
    {
        await SendAndWaitAsync("bad.txt", await _app.PutBlobAsync("bad.txt", new BinaryData(new byte[] { 0x41, 0x00, 0xFF })));
        await SendAndWaitAsync("good.txt", await _app.PutBlobAsync("good.txt", "A good neighbour."));
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("bad.txt"))!.State);
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("good.txt"))!.State);
    }

    [Fact]
    public async Task Engine_StoppedWhileItEmbeds_GoesOnAfterARestart()
    {
        var embedding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _app.Gateway.BeforeEmbed = () =>
        {
            embedding.TrySetResult();
            return release.Task;
        };
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "Half way through."));
        await embedding.Task.WaitAsync(TimeSpan.FromMinutes(1));
        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await _engine.StopAsync(now.Token);
        }

        release.SetResult();
        await _engine.DisposeAsync();
        await StartAsync();
        await WaitAsync("a.txt");
        Assert.Equal(["Half way through."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Engine_ReplacedWhileItEmbeds_EndsWithTheLastText()
    {
        var sent = 0;
        _app.Gateway.BeforeEmbed = async () =>
        {
            if (Interlocked.Exchange(ref sent, 1) == 0) await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The second text."));
        };
        await SendAndWaitAsync("a.txt", await _app.PutBlobAsync("a.txt", "The first text."));
        Assert.Equal(["The second text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    private async Task StartAsync()
    {
        var registry = new DurableRegistry();
        registry.AddOrchestrator(DocumentOrchestrator.Name, async context =>
        {
            await DocumentOrchestrator.RunAsync(context);
            return null;
        });
        var activities = _app.Get<DocumentActivities>();
        foreach (var method in typeof(DocumentActivities).GetMethods().Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null))
        {
            registry.AddActivity(method.GetCustomAttribute<FunctionAttribute>()!.Name, async (invocation, stop) =>
            {
                var task = (Task)method.Invoke(activities, [invocation.ReadInput(method.GetParameters()[0].ParameterType), stop])!;
                await task;
                return task.GetType().GetProperty("Result")!.GetValue(task);
            });
        }

        _engine = new DurableEngine(
            new DurableOptions { DatabasePath = Path.Combine(_data.FullName, "durable.db") }, registry, TimeProvider.System, NullLoggerFactory.Instance);
        await _engine.StartAsync(CancellationToken.None);
        _app.Client = _engine.Client;
    }

    private async Task SendAndWaitAsync(string path, string message)
    {
        await _app.SendAsync(message);
        await WaitAsync(path);
    }

    private async Task WaitAsync(string path)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var metadata = await _engine.Client.WaitForInstanceCompletionAsync(_app.Name(path).InstanceId, getInputsAndOutputs: true, deadline.Token);
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ToString());
    }
}
