using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval;

/// <summary>What a search by words finds though question and document spell it otherwise.</summary>
[Collection(AzureCollection.Name)]
public sealed class SpellingTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure);

    public async Task InitializeAsync()
    {
        await _app.IngestAsync("cells.md", "The HEK-293 line grows fast.");
        await _app.IngestAsync("board.md", "An ESP32C6 has two radios.");
        await _app.IngestAsync("tank.md", "It holds 1,000 litres at most.");
        await _app.IngestAsync("owner.md", "Mrs O’Brien keeps the keys.");
        await _app.IngestAsync("book.md", "\u0647\u0630\u0627 \u0643\u0650\u062A\u064E\u0627\u0628 \u062C\u062F\u064A\u062F");
        await _app.IngestAsync("year.md", "\u0633\u0627\u0644 \u06F1\u06F4\u06F0\u06F2 \u0627\u0633\u062A");
        await _app.IngestAsync("dish.md", "# Cr\u00E8me br\u00FBl\u00E9e\n\nIt is burnt with a torch.");
        await _app.IngestAsync("town.md", "Lodz is a town.");
        await _app.IngestAsync("log.md", "2024-03-05: passkeys. It was changed.");
        await _app.IngestAsync("may.md", "On 7 May 2023 it was changed, at 3 and 5.");
        await _app.IngestAsync("results.md", "Sales of the third quarter of 2022 were good.");
        await _app.IngestAsync("release.md", "Version 2.10 syncs.");
        await _app.IngestAsync("error.md", "It says that the disk is full.");
        await _app.IngestAsync("disks.md", "A disk is checked when full; a full disk is slow, and is replaced by a disk.");
        await _app.IngestAsync("other.md", "Nothing of the kind stands here, at 293 or at 32.");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("HEK293", "cells.md")]
    [InlineData("ESP32-C6", "board.md")]
    [InlineData("1000", "tank.md")]
    [InlineData("O'Brien", "owner.md")]
    [InlineData("\u0643\u062A\u0627\u0628", "book.md")]
    [InlineData("1402", "year.md")]
    [InlineData("creme brulee", "dish.md")]
    [InlineData("\u0141\u00F3d\u017A", "town.md")]
    [InlineData("\u200EHEK\u2011293", "cells.md")]
    [InlineData("changed on 5 March 2024", "log.md")]
    [InlineData("changed 2023-05-07", "may.md")]
    [InlineData("Q3 2022", "results.md")]
    [InlineData("v2.10", "release.md")]
    [InlineData("\"disk is full\"", "error.md")]
    public async Task Find_ByOtherSpelling_IsFirstByWordsAndNamedInHybrid(string question, string document)
    {
        Assert.Equal(document, (await FindAsync(question, RetrievalMode.Text))[0].Document);
        // Vectors are not of a trained encoder here.
        Assert.Equal(document, (await FindAsync(question, RetrievalMode.Hybrid)).MaxBy(chunk => chunk.Coverage)!.Document);
    }

    private async Task<IReadOnlyList<FoundChunk>> FindAsync(string question, string mode) =>
        (await _app.Get<Retriever>().FindAsync(new RetrievalQuery(_app.Collection, question, 20) { Mode = mode }, Caller.System, CancellationToken.None)).Chunks;
}
