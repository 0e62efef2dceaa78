using System.Diagnostics.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Reranking;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval.Reranking;

public sealed class PassageRerankingTests
{
    private static readonly Caller Anyone = new("anyone", [], IsOperator: false);

    [Fact]
    public void Order_AnyScores_IsTheCandidatesByScoreEqualOnesAsFound() => Prop.ForAll(
        Gen.Choose(0, 4).ListOf().ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (scores, candidates) =>
        {
            var found = scores.Select((_, i) => Chunk(i)).ToList();
            var reranker = new ScriptedReranker { Score = text => scores[int.Parse(text, null)] / 4.0 };
            var (chunks, model, relevance) = Order(reranker, found, candidates);
            var expected = Enumerable.Range(0, Math.Min(candidates, scores.Count)).OrderByDescending(i => scores[i]).Select(i => $"{i}").ToList();
            return chunks.Select(chunk => chunk.Id).SequenceEqual(expected)
                && chunks.All(chunk => chunk.Score == scores[int.Parse(chunk.Id, null)] / 4.0)
                && model == (scores.Count == 0 ? null : "scripted")
                && relevance == (scores.Count == 0 ? null : chunks[0].Score);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_WithHeadings_ReadsThemWithTheirPassages()
    {
        var reranker = new ScriptedReranker();
        Order(reranker, [Chunk(0) with { Heading = "Figs" }, Chunk(1)], 20);
        var (route, query, documents) = Assert.Single(reranker.Asked);
        Assert.Equal(("rank", "why?"), (route, query));
        Assert.Equal(["Figs\n0", "1"], documents);
    }

    [Theory]
    [InlineData("upstream_unavailable", "upstream_unavailable")]
    [InlineData("made_up_by_the_provider", "upstream_refused")]
    public void Order_RerankerFails_KeepsTheOrderFoundAndCountsIt(string code, string counted)
    {
        var measured = new List<string?>();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener { InstrumentPublished = (instrument, own) => { if (instrument.Name == "serverless.rag.rerank.duration" && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>()) own.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => measured.Add((string?)tags.ToArray().FirstOrDefault(tag => tag.Key == "error.type").Value));
        listener.Start();
        var found = Enumerable.Range(0, 30).Select(Chunk).ToList();
        var reranker = new ScriptedReranker { Failure = new GatewayException(503, new ErrorDetail(code, "no", "upstream_error")) };
        Assert.Equal(new RerankedPassages(found), Order(reranker, found, 5, metrics));
        reranker.Failure = null;
        Assert.Equal(5, Order(reranker, found, 5, metrics).Chunks.Count);
        Assert.Equal([counted, null], measured);
    }

    [Fact]
    public async Task Order_CallerLeaves_IsNoFailureOfTheReranker()
    {
        var reranker = new ScriptedReranker { Failure = new OperationCanceledException() };
        await Assert.ThrowsAsync<OperationCanceledException>(() => Create(reranker).OrderAsync(new RerankSettings("rank"), "why?", [Chunk(0)], Anyone, CancellationToken.None));
    }

    private static RerankedPassages Order(ScriptedReranker reranker, IReadOnlyList<FoundChunk> found, int candidates, GatewayMetrics? metrics = null) =>
        Create(reranker, metrics).OrderAsync(new RerankSettings("rank", candidates), "why?", found, Anyone, CancellationToken.None).GetAwaiter().GetResult();

    private static PassageReranking Create(ScriptedReranker reranker, GatewayMetrics? metrics = null)
    {
        metrics ??= new GatewayMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
        return new PassageReranking(reranker, metrics, TimeProvider.System, NullLogger<PassageReranking>.Instance);
    }

    private static FoundChunk Chunk(int id) => new($"{id}", "a.md", null, 0, 1, null, $"{id}", 1.0 / (id + 1));
}
