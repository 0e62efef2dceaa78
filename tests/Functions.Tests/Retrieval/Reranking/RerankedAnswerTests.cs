using System.Text;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Tests.Ingestion;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval.Reranking;

/// <summary>Questions to a rag route with a reranker, against what was really ingested.</summary>
[Collection(AzureCollection.Name)]
public sealed class RerankedAnswerTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Anyone = new("anyone", [], IsOperator: false);

    private readonly IngestionHarness _app = new(azure);

    public async Task InitializeAsync() => await _app.IngestAsync("fig.md", "# Fig\n\nA fig drops its leaves in a cold draught.\n\n# Rose\n\nRoses are pruned in early spring.\n");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Plan_WithAReranker_PutsFirstWhatItScoresHighest()
    {
        _app.Reranker.Score = text => text.Contains("Roses", StringComparison.Ordinal) ? 0.9 : 0.1;
        var plan = await PlanAsync(new RerankSettings("rank"));
        Assert.Equal(("Roses are pruned in early spring.", 0.9), (plan.Citations[0].Text, plan.Citations[0].Score));
        Assert.Equal(("rank", "Why does my fig drop leaves?"), (_app.Reranker.Asked[0].Route, _app.Reranker.Asked[0].Query));
        Assert.StartsWith("A fig", (await PlanAsync(null)).Citations[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("A fig", Assert.Single((await PlanAsync(new RerankSettings("rank", Candidates: 1))).Citations).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_RerankerFails_AnswersInTheOrderFound()
    {
        _app.Reranker.Failure = new GatewayException(503, new ErrorDetail("upstream_unavailable", "no", "upstream_error"));
        var plan = await PlanAsync(new RerankSettings("rank", Floor: 0.9));
        Assert.Null(plan.Refusal);
        Assert.Equal((await PlanAsync(null)).Citations, plan.Citations);
    }

    /// <summary>Where a floor is set for its scores, the reranker decides, and the similarity where it failed.</summary>
    [Fact]
    public async Task Plan_BestScoreBelowTheFloor_Refuses()
    {
        _app.Reranker.Score = _ => 0.4;
        Assert.NotNull((await PlanAsync(new RerankSettings("rank", Floor: 0.41))).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank", Floor: 0.4))).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank", Floor: 0.4), "Quincunx gambol frabjous?", relevanceFloor: 0.3)).Refusal);
        Assert.NotNull((await PlanAsync(new RerankSettings("rank"), "Quincunx gambol frabjous?", relevanceFloor: 0.3)).Refusal);
        _app.Reranker.Failure = new GatewayException(503, new ErrorDetail("upstream_unavailable", "no", "upstream_error"));
        Assert.NotNull((await PlanAsync(new RerankSettings("rank", Floor: 0.1), "Quincunx gambol frabjous?", relevanceFloor: 0.3)).Refusal);
    }

    /// <summary>What was measured for a reranker holds where the route sets nothing.</summary>
    [Fact]
    public async Task Plan_AMeasuredReranker_HasItsFloorUnlessTheRouteSetsOne()
    {
        (_app.Reranker.Model, _app.Reranker.Score) = ("all-MiniLM-L6-v2-maxsim", _ => 0.29);
        Assert.NotNull((await PlanAsync(new RerankSettings("rank"))).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank", Floor: 0.2))).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank"), relevanceFloor: 0)).Refusal);
        _app.Reranker.Score = _ => 0.31;
        Assert.Null((await PlanAsync(new RerankSettings("rank"))).Refusal);
    }

    /// <summary>The passage on one code is as near to a question about another as to its own; whoever sets no floor wants to be told, and whoever sets 0 wants an answer.</summary>
    [Fact]
    public async Task Plan_ACodeThatNothingHolds_IsRefusedWhereAFloorHolds()
    {
        await _app.IngestAsync("codes.md", "# Error codes\n\nE18 means that the water does not drain.\n");
        (_app.Reranker.Model, _app.Reranker.Score) = ("all-MiniLM-L6-v2-maxsim", _ => 0.9);
        Assert.NotNull((await PlanAsync(new RerankSettings("rank"), "What does error E42 mean?")).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank"), "What does error e-18 mean?")).Refusal);
        Assert.NotNull((await PlanAsync(null, "What does error E42 mean?", relevanceFloor: 0.01)).Refusal);
        Assert.Null((await PlanAsync(new RerankSettings("rank"), "What does error E42 mean?", relevanceFloor: 0)).Refusal);
    }

    [Fact]
    public async Task Plan_FollowUp_IsRankedAnewOnlyWhereItStandsAlone()
    {
        Task<AnswerPlan> AskAsync(string question) => _app.Get<IAnswerPlanner>().PlanAsync(
            Settings(new RerankSettings("rank")), new AnswerQuestion(question) { Earlier = ["Why does my fig drop its leaves?"] }, null, 50, Anyone, CancellationToken.None);
        await AskAsync("And how do I prevent it?");
        Assert.Empty(_app.Reranker.Asked);
        await AskAsync("When are roses pruned?");
        Assert.Equal("When are roses pruned?", Assert.Single(_app.Reranker.Asked).Query);
    }

    [Fact]
    public async Task Search_WithAReranker_SaysWhetherItRanked()
    {
        _app.Reranker.Score = text => text.Contains("Roses", StringComparison.Ordinal) ? 0.9 : 0.1;
        var ranked = await SearchAsync("""{"query":"fig leaves","rerank":{"route":"rank"}}""");
        Assert.Equal((true, "Roses are pruned in early spring."), (ranked.GetProperty("reranked").GetBoolean(), ranked.GetProperty("results")[0].GetProperty("text").GetString()));
        _app.Reranker.Failure = new GatewayException(503, new ErrorDetail("upstream_unavailable", "no", "upstream_error"));
        Assert.False((await SearchAsync("""{"query":"fig leaves","rerank":{"route":"rank"}}""")).GetProperty("reranked").GetBoolean());
        Assert.False((await SearchAsync("""{"query":"fig leaves"}""")).TryGetProperty("reranked", out _));
        Assert.Equal("rerank.candidates", (await Assert.ThrowsAsync<GatewayException>(() => SearchAsync("""{"query":"fig","rerank":{"route":"rank","candidates":51}}"""))).Error.Param);
        Assert.Equal("rerank.model", (await Assert.ThrowsAsync<GatewayException>(() => SearchAsync("""{"query":"fig","rerank":{"route":"rank","model":"x"}}"""))).Error.Param);
    }

    private RagSettings Settings(RerankSettings? rerank) => new() { EmbeddingsRoute = _app.Route, CompletionsRoute = "llama", Collection = _app.Collection, Rerank = rerank };

    private Task<AnswerPlan> PlanAsync(RerankSettings? rerank, string question = "Why does my fig drop leaves?", double? relevanceFloor = null) =>
        _app.Get<IAnswerPlanner>().PlanAsync(Settings(rerank) with { RelevanceFloor = relevanceFloor }, new AnswerQuestion(question), null, 50, Anyone, CancellationToken.None);

    private async Task<JsonElement> SearchAsync(string body)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, Anyone, null);
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await _app.Get<SearchFunction>().RunAsync(request, default))).RootElement;
    }
}
