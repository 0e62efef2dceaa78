using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>What a document costs in requests and history: thousands of them come at once, and Azurite answers one request at a time.</summary>
[Collection(AzureCollection.Name)]
public sealed class IngestionCostTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task SmallDocument_TakesFewRequestsAndOneActivity()
    {
        await _app.IngestAsync("first.txt", "The index is created once.");
        var message = await _app.PutBlobAsync("a.txt", "A small document of one sentence.");
        List<string> storage = [], search = [];
        _app.Transport.Watch = (request, answered) =>
        {
            if (answered) return;
            var uri = request.Uri.ToUri();
            (uri.Host.EndsWith(".search.windows.net", StringComparison.Ordinal) ? search : storage).Add($"{request.Method} {uri.AbsolutePath}");
        };
        await _app.SendAsync(message);
        await _app.Durable.RunAsync();
        _app.Transport.Watch = null;
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
        Assert.True(storage.Count <= 12, string.Join('\n', storage));
        Assert.True(search.Count <= 2, string.Join('\n', search));
        Assert.Single(_app.Durable.Instances[_app.Name("a.txt").InstanceId].History);
    }
}
