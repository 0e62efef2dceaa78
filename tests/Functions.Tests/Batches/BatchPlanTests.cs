using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Batches;

/// <summary>What an orchestration carries of its batch's plan.</summary>
[Collection("gateway")]
public sealed class BatchPlanTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BatchApp _app = null!;

    public async Task InitializeAsync() => _app = await BatchApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Slices_AreAskedWithoutTheListOfAllOfThem()
    {
        var container = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("batches");
        (string Name, BinaryData Content)? list = null;
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "BatchBegin" && ran)
            {
                var blob = container.GetBlobClient(container.GetBlobs().Select(item => item.Name).Single(item => item.EndsWith("/slices", StringComparison.Ordinal)));
                list = (blob.Name, blob.DownloadContent().Value.Content);
                blob.Delete();
            }
            else if (name == "BatchEnd" && !ran)
            {
                container.GetBlobClient(list!.Value.Name).Upload(list.Value.Content);
            }
        };
        var batch = await _app.RunAsync(Enumerable.Range(0, 100).Select(i => BatchApp.Chat($"q{i}", "say so")));

        Assert.Equal(("completed", (100, 100, 0)), (batch.GetProperty("status").GetString(), BatchTests.Counts(batch)));
        // What Durable keeps of an activity is small, and of a slice smaller.
        var instance = Assert.Single(_app.Durable.Instances.Values);
        Assert.All(instance.History.OfType<RecordedActivity>(), activity => Assert.InRange(activity.Input.Length + activity.Output!.Length, 1, activity.Name == "BatchBegin" ? 6000 : 400));
    }

    /// <summary>Counts are those of what has been answered, whenever they are asked for; groups of slices that are done are counted once and for all.</summary>
    [Fact]
    public async Task Counts_WhileItRuns_AreExactAndEachGroupIsCountedOnce()
    {
        const int Slices = 140, Requests = Slices * 16;
        var id = await _app.StartAsync(Enumerable.Range(0, Requests).Select(i => BatchApp.Chat($"q{i}", i % 16 == 3 ? "break" : "say so")));
        var (done, seen) = (0, new List<(int Completed, int Failed)>());
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != "BatchAsk" || !ran || ++done % 9 != 0) return;
            var asked = _app.Asked.Count;
            var (total, completed, failed) = BatchTests.Counts(_app.GetAsync(id).GetAwaiter().GetResult());
            Assert.Equal(Requests, total);
            // Slices that are asked beside the one that has ended may have been written, or not yet.
            Assert.InRange(completed + failed, asked - (9 * 16), asked + (9 * 16));
            seen.Add((completed, failed));
            // The first hundred slices are done when the third generation begins.
            Assert.Equal(_app.Durable.Instances.Values.Single().Generations < 2 ? 0 : 1, CountedAsync().GetAwaiter().GetResult());
        };
        await _app.Durable.RunAsync();

        Assert.Equal((Requests, Slices * 15, Slices), BatchTests.Counts(await _app.GetAsync(id)));
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, await CountedAsync());

        async Task<int> CountedAsync()
        {
            var container = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("batches");
            var blob = container.GetBlobs().Single(item => item.Name.StartsWith("batches/", StringComparison.Ordinal));
            return int.Parse((await container.GetBlobClient(blob.Name).GetPropertiesAsync()).Value.Metadata["counted"], System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>An orchestration that was under way when the app was updated has a history that does not tell where slices are.</summary>
    [Fact]
    public async Task Orchestration_BegunByAnAppThatToldNoOffsets_IsEnded()
    {
        var id = await _app.StartAsync(Enumerable.Range(0, 40).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "BatchAsk" && !ran) throw new HostKilledException();
        };
        await Assert.ThrowsAsync<HostKilledException>(_app.Durable.RunAsync);
        _app.Durable.Crash = (_, _) => { };
        var history = Assert.Single(_app.Durable.Instances.Values).History;
        history[0] = history[0]! with { Output = Without(history[0]!.Output!, "Page") };

        await _app.Durable.RunAsync();
        var batch = await _app.GetAsync(id);
        Assert.Equal(("completed", (40, 40, 0)), (batch.GetProperty("status").GetString(), BatchTests.Counts(batch)));
        Assert.DoesNotContain(history.OfType<RecordedActivity>(), activity => activity.Name == "BatchAsk" && activity.Input.Contains("Offset", StringComparison.Ordinal));
    }

    /// <summary>A host that is killed right behind the end has answered nothing of it to Durable: the end is come to again.</summary>
    [Fact]
    public async Task Host_KilledBetweenTheEndAndItsCleaning_LeavesNothing()
    {
        var container = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("batches");
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != "BatchEnd" || !ran) return;
            _app.Durable.Crash = (_, _) => { };
            container.GetBlobClient($"work/{Owner()}/results/00000").Upload(BinaryData.FromString("+0 {}\n"));
            throw new HostKilledException();
        };
        var id = await _app.StartAsync([BatchApp.Chat("a", "say a")]);
        await Assert.ThrowsAsync<HostKilledException>(_app.Durable.RunAsync);
        await _app.Durable.RunAsync();

        Assert.Equal("completed", (await _app.GetAsync(id)).GetProperty("status").GetString());
        Assert.DoesNotContain((await _app.BlobsAsync()).Keys, name => name.StartsWith("work/", StringComparison.Ordinal));

        string Owner() => container.GetBlobs().Select(blob => blob.Name).Single(name => name.StartsWith("batches/", StringComparison.Ordinal))["batches/".Length..];
    }

    private static string Without(string json, string member)
    {
        var node = JsonNode.Parse(json)!.AsObject();
        Assert.True(node.Remove(member), json);
        return JsonSerializer.Serialize(node);
    }
}
