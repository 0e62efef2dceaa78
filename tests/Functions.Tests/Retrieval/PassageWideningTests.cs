using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval;

/// <summary>Passages with what stands around them, over what was really ingested in chunks of 16 tokens.</summary>
[Collection(AzureCollection.Name)]
public sealed class PassageWideningTests(AzureServices azure) : IAsyncLifetime
{
    private const string Before = "The bed lies in half shade under an old walnut and is dug over each year.";
    private const string Hit = "Quinces ripen late and are picked in October before the first hard frost.";
    private const string After = "They are kept in a cool shed where nothing else takes on their strong scent.";
    private const string Other = "Medlars are eaten when they have gone soft and brown on a bed of straw.";

    private static readonly string Document = $"# Quince\n\n{Before}\n\n{Hit}\n\n{After}\n\n# Medlar\n\n{Other}\n";

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(0, false, Hit, Hit)]
    [InlineData(0, true, Before, After)]
    [InlineData(1, false, Before, After)]
    [InlineData(2, false, Before, Other)]
    public async Task Plan_WithWhatStandsAround_CitesTheDocumentsOwnTextByItsOffsets(int neighbours, bool parents, string first, string last)
    {
        await _app.IngestAsync("fruit.md", Document);
        var citation = (await PlanAsync(Settings(neighbours, parents))).Citations[0];
        Assert.StartsWith(first, citation.Text, StringComparison.Ordinal);
        Assert.EndsWith(last, citation.Text, StringComparison.Ordinal);
        var text = (await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("fruit.md"), default))!;
        Assert.Equal(text[citation.Start..citation.End], citation.Text);
    }

    [Fact]
    public async Task Plan_PassagesWithinABetterOne_AreDropped()
    {
        await _app.IngestAsync("fruit.md", Document);
        var plan = await PlanAsync(Settings(1, parents: false) with { TopK = 4 });
        Assert.Equal(1, plan.User.Split("picked in October").Length - 1);
        Assert.Equal(1, plan.User.Split("an old walnut").Length - 1);
        Assert.DoesNotContain(plan.Citations.Skip(1), citation => citation.Text == Hit || citation.Text == Before || citation.Text == After);
    }

    [Fact]
    public async Task Plan_TooLongWithWhatStandsAround_TakesThePassageAsItWasFound()
    {
        await _app.IngestAsync("fruit.md", Document);
        Assert.Equal(Hit, (await PlanAsync(Settings(2, parents: true) with { MaxContextTokens = 30 })).Citations[0].Text);
    }

    [Fact]
    public async Task Plan_TextThatIsAnotherOrGone_TakesThePassageAsItWasFound()
    {
        await _app.IngestAsync("fruit.md", Document);
        var text = _app.Get<IngestionContainers>().Extracted.GetBlobClient($"{_app.Collection}/fruit.md");
        await text.UploadAsync(new BinaryData(Encoding.UTF8.GetBytes("Something else entirely.")), overwrite: true);
        Assert.Equal(Hit, (await PlanAsync(Settings(1, parents: true))).Citations[0].Text);
        await text.DeleteAsync();
        Assert.Equal(Hit, (await PlanAsync(Settings(1, parents: true))).Citations[0].Text);
    }

    private RagSettings Settings(int neighbours, bool parents) => new()
    {
        EmbeddingsRoute = _app.Route,
        CompletionsRoute = "llama",
        Collection = _app.Collection,
        TopK = 1,
        Neighbours = neighbours,
        Parents = parents,
    };

    private Task<AnswerPlan> PlanAsync(RagSettings settings) =>
        _app.Get<IAnswerPlanner>().PlanAsync(settings, new AnswerQuestion("When are quinces picked, before the frost in October?"), null, 50, new Caller("ann", [], IsOperator: false), default);
}
