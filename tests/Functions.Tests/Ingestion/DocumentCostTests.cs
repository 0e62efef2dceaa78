using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Progress;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Tests.Ingestion.Generations;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>What a document says of what it took: tokens, dollars, time, tries.</summary>
[Collection(AzureCollection.Name)]
public sealed class DocumentCostTests(AzureServices azure)
{
    private const string Two = "# A\n\nOne two three.\n\n# B\n\nFour five.\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Document_Embedded_SaysWhatThatCost(bool isWhole)
    {
        await using var app = new IngestionHarness(azure, isWhole: isWhole);
        app.Gateway.Price = new TokenPrice(2_000_000, 2_000_000, 0);
        await app.IngestAsync("a.md", Two);
        var first = (await app.StatusAsync("a.md"))!;
        Assert.True(first.Tokens > 0);
        Assert.Equal((first.Tokens, first.Tokens * 2_000_000), (first.EmbeddedTokens, first.Cost));
        Assert.Equal(first.Tokens * 0.000002m, DocumentView.Of(app.Name("a.md"), first).CostUsd);

        // What is found again costs nothing; what is new is added.
        await app.IngestAsync("a.md", Two + "\n# C\n\nSix.\n");
        var second = (await app.StatusAsync("a.md"))!;
        Assert.Equal(second.Tokens, second.EmbeddedTokens);
        await app.IngestAsync("b.md", Two);
        var twin = (await app.StatusAsync("b.md"))!;
        Assert.Equal((0L, 0L), (twin.EmbeddedTokens, twin.Cost));
        Assert.Null(DocumentView.Of(app.Name("b.md"), twin).CostUsd);

        var sum = await app.Get<CollectionProgress>().OfAsync(app.Collection, Caller.System, default);
        Assert.Equal((second.EmbeddedTokens, second.EmbeddedTokens * 0.000002m), (sum.EmbeddedTokens, sum.CostUsd));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Document_OfAnUnpricedRoute_CountsTokensAndNoDollars(bool isWhole)
    {
        await using var app = new IngestionHarness(azure, isWhole: isWhole);
        await app.IngestAsync("a.md", Two);
        var view = DocumentView.Of(app.Name("a.md"), (await app.StatusAsync("a.md"))!);
        Assert.True(view.EmbeddedTokens > 0);
        Assert.Null(view.CostUsd);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Document_ThatFailedOnce_SaysHowLongHowOftenAndWhy(bool isWhole)
    {
        var time = new ShiftedTime();
        await using var app = new IngestionHarness(azure, isWhole: isWhole, time: time);
        app.Gateway.FailNextEmbeddings(1, () => GatewayException.Invalid("input", "Not this one."));
        await app.IngestAsync("a.md", Two);
        var failed = DocumentView.Of(app.Name("a.md"), (await app.StatusAsync("a.md"))!);
        Assert.Equal((DocumentState.Failed, "Not this one.", null, 1), (failed.State, failed.Error, failed.LastError, failed.Attempts));
        // Which state was refused is known, so that no reconciliation tries it over and over.
        Assert.NotNull((await app.StatusAsync("a.md"))!.SourceETag);

        app.Gateway.BeforeEmbed = () =>
        {
            time.Offset += TimeSpan.FromSeconds(7);
            return Task.CompletedTask;
        };
        await app.SendAsync(DocumentEventMessage.Write(new DocumentEvent(DocumentEventKind.Reprocess, app.Name("a.md")), Guid.NewGuid(), DateTimeOffset.UnixEpoch));
        await app.Durable.RunAsync();
        var ready = DocumentView.Of(app.Name("a.md"), (await app.StatusAsync("a.md"))!);
        Assert.Equal((DocumentState.Ready, null, "Not this one.", 2), (ready.State, ready.Error, ready.LastError, ready.Attempts));
        Assert.InRange(ready.DurationMs!.Value, 7000, 600_000);

        // A pass that has nothing to do takes nothing away from it.
        await app.SendAsync(DocumentEventMessage.Write(new DocumentEvent(DocumentEventKind.Refresh, app.Name("a.md")), Guid.NewGuid(), DateTimeOffset.UnixEpoch));
        await app.Durable.RunAsync();
        var after = DocumentView.Of(app.Name("a.md"), (await app.StatusAsync("a.md"))!);
        Assert.Equal((ready.DurationMs, ready.Attempts, ready.EmbeddedTokens), (after.DurationMs, after.Attempts, after.EmbeddedTokens));
    }

    /// <summary>All that a status can say at once fits into a blob's metadata.</summary>
    [Fact]
    public void Metadata_OfTheLargestStatus_FitsAndComesBack()
    {
        var status = new DocumentStatus
        {
            State = DocumentState.Ready,
            LastError = new string('é', 390),
            EmbeddedTokens = long.MaxValue,
            Cost = long.MaxValue,
            BegunAt = DateTimeOffset.UnixEpoch,
            DurationMs = long.MaxValue,
            Attempts = int.MaxValue,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };
        var metadata = StatusMetadata.Write(status);
        Assert.True(metadata.Sum(item => item.Key.Length + item.Value.Length) < 8 * 1024 - 2500 - 1800, "Beside it stand who may see the document and why a build failed.");
        Assert.Equal(status, StatusMetadata.Read(metadata));
    }
}
