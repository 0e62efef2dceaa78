using System.Numerics.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Embedding;

/// <summary>The trained encoders that come with the worker.</summary>
public sealed class BertPackageTests
{
    public static TheoryData<string, WeightFormat> Formats()
    {
        var cases = new TheoryData<string, WeightFormat>();
        foreach (var package in BertPackage.All)
        {
            cases.Add(package.ShortName, WeightFormat.Float32);
            cases.Add(package.ShortName, WeightFormat.Int8);
        }

        return cases;
    }

    public static TheoryData<string> Packages => [.. BertPackage.All.Select(package => package.ShortName)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Encode_OtherWordsOfTheSameMeaning_AreNearerThanTheSameWords(string package, WeightFormat format)
    {
        using var encoder = new Encoder(package, format);
        var question = encoder.Vector("my fig tree loses foliage", isQuery: true);
        var passages = new[]
        {
            "Fiddle Fig tree dropping its leaves",
            "A tree house for children, and how much a loses game costs",
            "My apple pie recipe with dried figs",
            "The context length of MPT-30B is 8k tokens.",
        };
        var similarities = passages.Select(passage => TensorPrimitives.Dot<float>(question, encoder.Vector(passage))).ToArray();
        Assert.Equal(0, Array.IndexOf(similarities, similarities.Max()));
    }

    /// <summary>Whatever shares the batch, and in whatever order: the same bits.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void Encode_InAnyBatch_GivesTheSameBits(string package, WeightFormat format)
    {
        using var encoder = new Encoder(package, format);
        var random = new Random(7);
        var texts = Enumerable.Range(0, 24).Select(_ => Text(random, random.Next(1, random.Next(2, 90)))).ToArray();
        var alone = texts.Select(text => encoder.Run([text])[0]).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var order = Enumerable.Range(0, texts.Length).ToArray();
            random.Shuffle(order);
            var batch = order[..random.Next(2, order.Length + 1)];
            var together = encoder.Run([.. batch.Select(i => texts[i])]);
            for (var i = 0; i < batch.Length; i++) Assert.Equal(alone[batch[i]], together[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Encode_ALongText_IsCutAtTheModelsLength(string package)
    {
        using var encoder = new Encoder(package);
        var (start, most) = (string.Join(' ', Enumerable.Repeat("leaf", encoder.Model.Settings.MaxTokens - 2)), encoder.Model.Settings.MaxTokens);
        Assert.Equal(most, encoder.Tokenize(new EmbeddingInput("", start + " and more of it")).Ids.Length);
        Assert.Equal(encoder.Vector(start), encoder.Vector(start + " and more of it"));
    }

    /// <summary>docs/retrieval/encoders.md states what int8 costs.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void Encode_Int8_IsNearFloat32(string package)
    {
        using Encoder exact = new(package), quantised = new(package, WeightFormat.Int8);
        var random = new Random(9);
        var texts = Enumerable.Range(0, 12).Select(_ => Text(random, random.Next(1, 60))).ToArray();
        var similarities = exact.Run(texts).Zip(quantised.Run(texts), (vector, other) => TensorPrimitives.CosineSimilarity<float>(vector, other)).ToArray();
        Assert.All(similarities, similarity => Assert.InRange(similarity, 0.995f, 0.999999f));
    }

    [Fact]
    public void Encode_LengthsOutOfRange_IsRefused()
    {
        using var encoder = new Encoder("arctic-xs");
        Assert.Throws<ArgumentException>(() => encoder.Session.Encode([[]], [[]]));
        Assert.Throws<ArgumentException>(() => encoder.Session.Encode([new int[513]], [new int[513]]));
        Assert.Throws<ArgumentException>(() => encoder.Session.Encode([[101, 102]], [[1]]));
        Assert.Empty(encoder.Session.Encode([], []));
    }

    private static string Text(Random random, int words)
    {
        string[] known = ["leaf", "fig", "tree", "water", "soil", "a", "the", "drops", "unaffable", "roots", "Müller", "42", "winter"];
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => known[random.Next(known.Length)]));
    }

    private sealed class Encoder : IDisposable
    {
        private readonly GpuWorker.Tokenization.WordPieceTokenizer _tokenizer;

        public Encoder(string package, WeightFormat format = WeightFormat.Float32)
        {
            Model = BertModel.Open(package);
            _tokenizer = Model.LoadTokenizer();
            Session = BertEncoderSession.Load(Model, threads: 2, format: format);
            Assert.Equal(384, Session.Dimensions);
        }

        public BertModel Model { get; }

        public BertEncoderSession Session { get; }

        public EncoderInput Tokenize(EmbeddingInput input) => BertInput.Tokenize(_tokenizer, Model.Settings, input);

        public float[][] Run(string[] texts)
        {
            var inputs = texts.Select(text => Tokenize(new EmbeddingInput("", text))).ToArray();
            return Session.Encode([.. inputs.Select(input => input.Ids)], [.. inputs.Select(input => input.Marks)]);
        }

        public float[] Vector(string text, bool isQuery = false)
        {
            var input = Tokenize(new EmbeddingInput(isQuery ? Model.Settings.QueryPrompt : "", text));
            var vector = Session.Encode([input.Ids], [input.Marks])[0];
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
            return vector;
        }

        public void Dispose() => Session.Dispose();
    }
}
