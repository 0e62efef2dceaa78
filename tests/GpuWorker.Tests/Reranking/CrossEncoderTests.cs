using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Tests.Reranking;

/// <summary>A small model of random weights, compared with the same computed plainly.</summary>
public sealed class CrossEncoderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cross-encoder-").FullName;
    private readonly SmallCrossEncoder _plain = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Encode_PairsOfManyLengths_EqualWhatIsComputedPlainly()
    {
        _plain.Write(_folder);
        using var session = CrossEncoderSession.Load(RerankerFolder.Open(_folder), threads: 1);
        Assert.Equal((1, SmallCrossEncoder.MaxTokens), (session.Dimensions, session.MaxTokens));
        var pairs = Pairs(40);
        var logits = session.Encode([.. pairs.Select(pair => pair.Ids)], [.. pairs.Select(pair => pair.Segments)]);
        for (var i = 0; i < pairs.Length; i++) Assert.Equal(_plain.Logit(pairs[i].Ids, pairs[i].Segments), Assert.Single(logits[i]), 4);
    }

    [Fact]
    public void Encode_InAnyBatch_GivesTheSameBits()
    {
        _plain.Write(_folder);
        using var session = CrossEncoderSession.Load(RerankerFolder.Open(_folder));
        var pairs = Pairs(30);
        var alone = pairs.Select(pair => session.Encode([pair.Ids], [pair.Segments])[0]).ToArray();
        var random = new Random(11);
        for (var round = 0; round < 5; round++)
        {
            random.Shuffle(pairs);
            var expected = pairs.Select(pair => session.Encode([pair.Ids], [pair.Segments])[0]).ToArray();
            Assert.Equal(expected, session.Encode([.. pairs.Select(pair => pair.Ids)], [.. pairs.Select(pair => pair.Segments)]));
        }

        Assert.Equal(alone.Length, pairs.Length);
    }

    /// <summary>Segments are seen: a pair the other way round is another pair.</summary>
    [Fact]
    public async Task Score_QueryAndDocument_AreTokenizedAsAPairAndGiveALogisticScore()
    {
        _plain.Write(_folder);
        var folder = RerankerFolder.Open(_folder);
        var tokenizer = folder.LoadTokenizer();
        using var reranker = PairReranker.CrossEncoder("small", tokenizer, CrossEncoderSession.Load(folder, threads: 1), folder.Settings.MaxTokens, maxBatch: 2);
        var scores = await reranker.ScoreAsync("is a leaf?", ["Figs is a fig.", "water", "soil soil"], CancellationToken.None);
        int[] query = [2, 11, 10, 5, 12, 3];
        int[][] documents = [[4, 6, 11, 10, 4, 13, 3], [8, 3], [9, 9, 3]];
        for (var i = 0; i < documents.Length; i++)
        {
            int[] ids = [.. query, .. documents[i]];
            int[] segments = [.. new int[query.Length], .. Enumerable.Repeat(1, documents[i].Length)];
            Assert.Equal(ids.Length, scores[i].Tokens);
            Assert.Equal(1 / (1 + Math.Exp(-_plain.Logit(ids, segments))), scores[i].Relevance, 5);
        }
    }

    [Theory]
    [InlineData("config.json", """{"model_type":"xlm-roberta"}""", "model_type")]
    [InlineData("config.json", """{"id2label":{"0":"a","1":"b","2":"c"}}""", "id2label")]
    [InlineData("config.json", """{"num_labels":2}""", "num_labels")]
    [InlineData("tokenizer_config.json", """{"model_max_length":4}""", "model_max_length")]
    [InlineData("config.json", "[", "config.json")]
    public void Open_WhatIsNotSupported_NamesTheField(string file, string content, string field)
    {
        _plain.Write(_folder);
        File.WriteAllText(Path.Combine(_folder, file), content);
        Assert.Contains(field, Assert.Throws<CheckpointException>(() => RerankerFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OutputOrInputsOfAnotherKindOfModel_AreRefusedByName()
    {
        _plain.Write(_folder, logits: "last_hidden_state");
        Assert.Contains("logits", Assert.Throws<CheckpointException>(() => CrossEncoderSession.Load(RerankerFolder.Open(_folder))).Message, StringComparison.Ordinal);
        _plain.Write(_folder, hasTypes: false);
        Assert.Contains("token_type_ids", Assert.Throws<CheckpointException>(() => CrossEncoderSession.Load(RerankerFolder.Open(_folder))).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "onnx", "model.onnx"));
        Assert.Contains("model.onnx", Assert.Throws<CheckpointException>(() => CrossEncoderSession.Load(RerankerFolder.Open(_folder))).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Assert.Throws<CheckpointException>(() => RerankerFolder.Open(Path.Combine(_folder, "nowhere"))).Message, StringComparison.Ordinal);
    }

    private static (int[] Ids, int[] Segments)[] Pairs(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var ids = Enumerable.Range(0, random.Next(1, SmallCrossEncoder.MaxTokens + 1)).Select(_ => random.Next(SmallCrossEncoder.Vocabulary.Length)).ToArray();
            var second = random.Next(ids.Length + 1);
            return (ids, ids.Select((_, at) => at < second ? 0 : 1).ToArray());
        })];
    }
}
