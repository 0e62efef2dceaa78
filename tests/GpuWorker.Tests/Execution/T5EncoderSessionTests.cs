using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class T5EncoderSessionTests
{
    public static TheoryData<string> Shapes => ["plain", "gated", "without Dense", "narrow buckets", "wide"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Encode_TextsOfManyLengths_EqualReferenceAndEachAlone(string shape)
    {
        using var model = new RandomT5(Shape(shape), seed: 4);
        using var session = T5EncoderSession.Load(model.Folder, threads: 2);
        int[] lengths = [1, 7, 8, 9, 150, 33];
        int[][] ids = [.. lengths.Select((length, i) => Random(length, i, model.Config.VocabularySize))];
        int[][] masks = [.. ids.Select((text, i) => Random(text.Length, i + 50, 2).Select((m, t) => t == text.Length - 1 ? 1 : m).ToArray())];

        float[][] vectors = session.Encode(ids, masks);

        for (int i = 0; i < ids.Length; i++)
        {
            double[] expected = model.Reference.Encode(ids[i], masks[i]);
            Assert.Equal(model.Config.Dimensions, vectors[i].Length);
            for (int d = 0; d < expected.Length; d++)
                Assert.Equal(expected[d], vectors[i][d], 1e-4);

            float[] alone = session.Encode([ids[i]], [masks[i]])[0];
            Assert.True(alone.AsSpan().SequenceEqual(vectors[i]), "A text's vector depends on its batch mates.");
        }
    }

    [Fact]
    public void Encode_NothingPooled_GivesZeros()
    {
        using var model = new RandomT5(RandomT5.Tiny, seed: 4);
        using var session = T5EncoderSession.Load(model.Folder);

        Assert.All(session.Encode([[1, 2]], [[0, 0]])[0], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Encode_BadInput_NamesTheFault()
    {
        using var model = new RandomT5(RandomT5.Tiny, seed: 4);
        using var session = T5EncoderSession.Load(model.Folder);

        Assert.Contains("vocabulary", Assert.Throws<ArgumentException>(() => session.Encode([[83]], [[1]])).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 512", Assert.Throws<ArgumentException>(() => session.Encode([[]], [[]])).Message, StringComparison.Ordinal);
        Assert.Contains("mask", Assert.Throws<ArgumentException>(() => session.Encode([[1]], [[1, 1]])).Message, StringComparison.Ordinal);
        Assert.Empty(session.Encode([], []));
    }

    private static T5Config Shape(string name) => name switch
    {
        "gated" => RandomT5.Tiny with { GatedGelu = true },
        "without Dense" => RandomT5.Tiny with { DenseSize = null },
        "narrow buckets" => RandomT5.Tiny with { RelativeBuckets = 8, RelativeMaxDistance = 20 },
        "wide" => RandomT5.Tiny with { HiddenSize = 128, IntermediateSize = 256, Heads = 4, HeadSize = 32, Layers = 1 },
        _ => RandomT5.Tiny,
    };

    private static int[] Random(int count, int seed, int bound)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(bound))];
    }
}
