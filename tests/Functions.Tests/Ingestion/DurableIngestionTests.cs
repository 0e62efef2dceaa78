using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>The same way over Durable Task itself, in process: its dispatch, its replay, its serialization.</summary>
[Collection(AzureCollection.Name)]
public sealed class DurableIngestionTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:WholeDocumentChunks"] = "2" });
    private DurableTaskTestHost _durable = null!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        await _durable.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Durable_UploadReplaceDelete_FollowsTheBlob()
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
    public async Task Durable_PoisonAmongOthers_FailsAlone()
    {
        await SendAndWaitAsync("bad.txt", await _app.PutBlobAsync("bad.txt", new BinaryData(new byte[] { 0x41, 0x00, 0xFF })));
        await SendAndWaitAsync("good.txt", await _app.PutBlobAsync("good.txt", "A good neighbour."));
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("bad.txt"))!.State);
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("good.txt"))!.State);
    }

    [Fact]
    public async Task Durable_ReplacedWhileItEmbeds_EndsWithTheLastText()
    {
        var sent = 0;
        _app.Gateway.BeforeEmbed = async () =>
        {
            if (Interlocked.Exchange(ref sent, 1) == 0) await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The second text."));
        };
        await SendAndWaitAsync("a.txt", await _app.PutBlobAsync("a.txt", "The first text."));
        Assert.Equal(["The second text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    [Fact]
    public async Task Durable_SeveralTogether_EndAlikeAndTheLargeOneAlone()
    {
        var large = string.Concat(Enumerable.Range(0, 3).Select(i => $"# S{i}\n\nThis is section {i} of them.\n\n"));
        await _app.SendTogetherAsync([await _app.PutBlobAsync("a.txt", "A small one."), await _app.PutBlobAsync("bad.txt", "K\0nigin"), await _app.PutBlobAsync("large.md", large)]);
        var batch = _app.Watched.Select(change => change.After?.Batch).First(id => id is not null);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var metadata = await _durable.Client.WaitForInstanceCompletionAsync(batch!, getInputsAndOutputs: true, deadline.Token);
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ToString());
        await WaitAsync("large.md");
        Assert.Equal((DocumentState.Ready, DocumentState.Failed), ((await _app.StatusAsync("a.txt"))!.State, (await _app.StatusAsync("bad.txt"))!.State));
        Assert.Equal((DocumentState.Ready, 3), ((await _app.StatusAsync("large.md"))!.State, (await _app.StatusAsync("large.md"))!.Chunks));
        Assert.Equal(4, (await _app.IndexedAsync()).Count);
    }

    private async Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _durable = await DurableTaskTestHost.StartAsync(Register);
                break;
            }
            // The host takes any port of 30,000 to 40,000 without asking whether it is free; most of them are also
            // what Linux gives to outgoing connections.
            catch (IOException e) when (e.InnerException is AddressInUseException && attempt < 10) { }
        }
        _app.Client = _durable.Client;

        void Register(DurableTaskRegistry tasks)
        {
            tasks.AddOrchestratorFunc<DocumentWork>(DocumentOrchestrator.Name, (context, _) => DocumentOrchestrator.RunAsync(context));
            tasks.AddOrchestratorFunc<DocumentBatch>(DocumentBatchOrchestrator.Name, (context, _) => DocumentBatchOrchestrator.RunAsync(context));
            foreach (var activities in (object[])[_app.Get<DocumentActivities>(), _app.Get<BatchActivities>()])
            {
                foreach (var method in activities.GetType().GetMethods().Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null))
                    tasks.AddActivity(method.GetCustomAttribute<FunctionAttribute>()!.Name, new MethodActivity(activities, method, () => _durable.Client));
            }
        }
    }

    private async Task SendAndWaitAsync(string path, string message)
    {
        await _app.SendAsync(message);
        await WaitAsync(path);
    }

    private async Task WaitAsync(string path)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var metadata = await _durable.Client.WaitForInstanceCompletionAsync(_app.Name(path).InstanceId, getInputsAndOutputs: true, deadline.Token);
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ToString());
    }
}
