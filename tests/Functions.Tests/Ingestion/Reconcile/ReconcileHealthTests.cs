using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Tests.Ingestion.Generations;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Reconcile;

/// <summary>What /health says where nobody is at work on documents any more: never that all is well.</summary>
[Collection(AzureCollection.Name)]
public sealed class ReconcileHealthTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:ReconcileStuckMinutes"] = "30" });

    public async Task InitializeAsync()
    {
        await _app.TakeQueuedAsync();
        await _app.Get<ReconcileStore>().WriteAsync(Run(ReconcileRun.Completed, TimeSpan.Zero), default);
    }

    public async Task DisposeAsync()
    {
        await _app.TakeQueuedAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Event_WaitsForLong_IsStalledAndSaysSinceWhen()
    {
        await _app.Get<DocumentEventQueue>().SendAsync(new DocumentEvent(DocumentEventKind.Refresh, _app.Name("a.txt")), default);
        Assert.Equal("ok", (await AfterAsync(TimeSpan.Zero))!.State);
        var late = (await AfterAsync(ReconcileHealth.LongestWait + TimeSpan.FromMinutes(1)))!;
        Assert.Equal("stalled", late.State);
        Assert.InRange(late.WaitingSince!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        await _app.TakeQueuedAsync();
        Assert.Equal("ok", (await AfterAsync(TimeSpan.FromHours(1)))!.State);
    }

    [Fact]
    public async Task Run_UnderWayForLong_IsStalled()
    {
        await _app.Get<ReconcileStore>().WriteAsync(Run(ReconcileRun.Running, TimeSpan.Zero), default);
        Assert.Equal("running", (await AfterAsync(TimeSpan.FromMinutes(1)))!.State);
        Assert.Equal("stalled", (await AfterAsync(TimeSpan.FromMinutes(61)))!.State);
    }

    /// <summary>What finds lost passes may be lost itself: Durable calls it running, and nothing does anything.</summary>
    [Fact]
    public async Task Run_Lost_IsBegunAnew()
    {
        var durable = new InMemoryDurable(_app.Get<ReconcileActivities>(), ReconcileOrchestrator.RunAsync);
        var start = _app.Get<ReconcileStart>();
        var first = await start.RunAsync(durable, _app.Collection, deep: false, default);
        Assert.Equal(first.Id, (await start.RunAsync(durable, _app.Collection, deep: false, default)).Id);

        var later = new ReconcileStart(_app.Get<ReconcileStore>(), _app.Get<IOptions<IngestionOptions>>(), new ShiftedTime { Offset = TimeSpan.FromMinutes(31) }, NullLogger<ReconcileStart>.Instance);
        var second = await later.RunAsync(durable, _app.Collection, deep: false, default);
        Assert.NotEqual(first.Id, second.Id);
        await durable.RunAsync();
        Assert.Equal((second.Id, ReconcileRun.Completed), ((await _app.Get<ReconcileStore>().FindAsync(_app.Collection, default))!.Id, (await _app.Get<ReconcileStore>().FindAsync(_app.Collection, default))!.State));
    }

    private static ReconcileRun Run(string state, TimeSpan ago) => new("r", null, state, DateTimeOffset.UtcNow - ago, state == ReconcileRun.Running ? null : DateTimeOffset.UtcNow - ago, 0, new ReconcileCounts());

    private Task<DocumentsHealth?> AfterAsync(TimeSpan time) =>
        new ReconcileHealth(_app.Get<ReconcileStore>(), _app.Get<DocumentEventBacklog>(), _app.Get<IOptions<IngestionOptions>>(), new ShiftedTime { Offset = time }).GetAsync(default);
}
