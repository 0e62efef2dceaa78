using System.Numerics.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Tests.Reranking;

/// <summary>MaxSim over the trained encoder that comes with the worker, compared with the same over one token at a time.</summary>
public sealed class LateInteractionTests
{
    private static readonly BertModel Model = BertModel.Open("minilm");

    [Fact]
    public async Task Score_AnyDocuments_IsTheMeanOverTheQuerysTokensOfTheNearestOfTheDocuments()
    {
        var tokenizer = Model.LoadTokenizer();
        using var reranker = PairReranker.LateInteraction("minilm-maxsim", tokenizer, Model.Settings, LateInteractionSession.Load(Model, threads: 1), maxBatch: 2);
        const string Query = "my fig tree loses foliage";
        string[] documents = ["Fiddle Fig tree dropping its leaves", "The context length of MPT-30B is 8k tokens.", "fig"];
        var scores = await reranker.ScoreAsync(Query, documents, CancellationToken.None);
        using var encoder = BertEncoderSession.Load(Model, threads: 1);
        var query = States(encoder, Ids(Query));
        for (var i = 0; i < documents.Length; i++)
        {
            var document = States(encoder, Ids(documents[i]));
            Assert.Equal(query.Average(token => document.Max(other => TensorPrimitives.Dot<float>(token, other))), scores[i].Relevance, 4);
            Assert.Equal(query.Length + document.Length, scores[i].Tokens);
        }

        Assert.True(scores[0].Relevance > scores[1].Relevance);

        int[] Ids(string text) => BertInput.Tokenize(tokenizer, Model.Settings, new EmbeddingInput("", text)).Ids;
    }

    /// <summary>Whatever shares the batch, and in whatever order: the same bits.</summary>
    [Fact]
    public void Encode_InAnyBatch_GivesTheSameBits()
    {
        using var session = LateInteractionSession.Load(Model);
        var random = new Random(2);
        int[] Text(int most) => [101, .. Enumerable.Range(0, random.Next(1, most)).Select(_ => random.Next(2000, 20_000)), 102];
        int[][] queries = [Text(12), Text(30)];
        var pairs = Enumerable.Range(0, 16).Select(i => (Query: queries[i % 2], Document: Text(90))).ToArray();
        var alone = pairs.Select(pair => Score(session, pair)[0][0]).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var order = Enumerable.Range(0, pairs.Length).ToArray();
            random.Shuffle(order);
            Assert.Equal(order.Select(i => alone[i]), Score(session, [.. order.Select(i => pairs[i])]).Select(score => score[0]));
        }
    }

    [Fact]
    public void Encode_WhatIsNoPair_IsRefused()
    {
        using var session = LateInteractionSession.Load(Model);
        Assert.Throws<ArgumentException>(() => session.Encode([[101, 102]], [[0, 0]]));
        Assert.Throws<ArgumentException>(() => session.Encode([[101, 102]], [[1, 1]]));
        Assert.Throws<ArgumentException>(() => session.Encode([[101, 102, 101]], [[0, 1, 0]]));
        Assert.Throws<ArgumentException>(() => session.Encode([[101, .. Enumerable.Repeat(2000, 257)]], [[0, .. Enumerable.Repeat(1, 257)]]));
    }

    private static float[][] Score(LateInteractionSession session, params (int[] Query, int[] Document)[] pairs) => session.Encode(
        [.. pairs.Select(pair => (int[])[.. pair.Query, .. pair.Document])], [.. pairs.Select(pair => (int[])[.. new int[pair.Query.Length], .. Enumerable.Repeat(1, pair.Document.Length)])]);

    /// <summary>Each token's hidden state, of unit length: what the embedding session gives when that token alone is pooled.</summary>
    private static float[][] States(BertEncoderSession encoder, int[] ids) => [.. ids.Select((_, at) =>
    {
        var state = encoder.Encode([ids], [[.. ids.Select((_, i) => i == at ? 1 : 0)]])[0];
        TensorPrimitives.Divide(state, TensorPrimitives.Norm<float>(state), state);
        return state;
    })];
}
