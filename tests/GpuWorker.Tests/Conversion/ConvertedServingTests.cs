using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Execution;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Conversion;

/// <summary>A converted folder answers as its source does.</summary>
public sealed class ConvertedServingTests
{
    private static readonly int[] Tokens = [1, 44, 3, 97, 23, 8, 71, 5, 60, 2, 19, 33, 90];

    [Theory]
    [InlineData(TensorType.F32, WeightFormat.Float32, 1)]
    [InlineData(TensorType.BF16, WeightFormat.Float32, 2)]
    [InlineData(TensorType.F32, WeightFormat.Float16, 1)]
    [InlineData(TensorType.F16, WeightFormat.Float16, 4)]
    [InlineData(TensorType.BF16, WeightFormat.Float16, 2)]
    [InlineData(TensorType.F32, WeightFormat.Int8, 2)]
    [InlineData(TensorType.F16, WeightFormat.Int8, 1)]
    [InlineData(TensorType.F16, WeightFormat.Int4, 4)]
    [InlineData(TensorType.BF16, WeightFormat.Int4, 1)]
    public void Load_Converted_GivesTheBitsOfTheSource(TensorType type, WeightFormat format, int ranks)
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3, type);
        using var converted = ConvertedModel.Of(model, format, ranks);

        Assert.Equal(Logits(model.Folder, format, ranks), Logits(converted.Folder, null, ranks));
    }

    /// <summary>A vocabulary so large that its size has lm_head dealt out: every rank's file has its own rows.</summary>
    [Fact]
    public void Load_LargeVocabulary_GivesTheBitsOfTheSource()
    {
        var shape = ConvertedModel.Shape with { Layers = 1, HiddenSize = 512, VocabularySize = 65_536 };
        using var converted = new ConvertedModel();
        string source = Path.Combine(converted.Root, "source");
        new RandomCheckpoint(shape, TensorType.F16, seed: 3).Write(source);
        var manifest = converted.Convert(source, WeightFormat.Float16, ranks: 2);

        Assert.Equal(["rank-0.weights", "rank-1.weights"], manifest.Tensors.Where(tensor => tensor.Name == LlamaWeights.LmHead).Select(tensor => tensor.File));
        Assert.Equal(Logits(source, WeightFormat.Float16, 2), Logits(converted.Folder, null, 2));
    }

    [Fact]
    public void Load_TiedEmbeddings_GivesTheBitsOfTheSource()
    {
        using var model = new RandomLlama(ConvertedModel.Shape with { TiedEmbeddings = true }, seed: 3, TensorType.F16);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int8);

        Assert.Equal(Logits(model.Folder, WeightFormat.Int8, 1), Logits(converted.Folder, null, 1));
    }

    [Fact]
    public void Load_Mix_HoldsEachMatrixInItsFormat()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3, TensorType.F16);
        var mix = new WeightFormatMix(WeightFormat.Int4, [.. new[] { "lm_head=int8", "layers.0-0.down=f16", "layers.1=f32" }.Select(rule => WeightFormatRule.Parse(rule)!)]);
        using var converted = ConvertedModel.Of(model, mix);
        using var source = Checkpoint.Open(model.Folder);
        using var expected = LlamaWeights.Load(source, model.Config, mix);
        using var folder = LlamaFolder.Open(converted.Folder, null, 1);
        using var actual = folder.Load(new LlamaShard(model.Config));

        Assert.Equal(expected.Weights.Select(w => w.Layout.Describe() + w.Name), actual.Weights.Select(w => w.Layout.Describe() + w.Name));
        Assert.Equal(expected.Weights.SelectMany(Bytes), actual.Weights.SelectMany(Bytes));
        string[] types = [.. ((string[])[LlamaWeights.Attention(0, 'q'), LlamaWeights.Mlp(0, "down"), LlamaWeights.Mlp(1, "down"), LlamaWeights.LmHead]).Select(name => actual[name].Layout.Describe())];
        Assert.Equal(["UInt8 [8, 576] of 128 rows", "Float16 [64, 160]", "Float [64, 160]", "UInt8 [7, 1088] of 101 rows"], types);
    }

    [Theory]
    [InlineData(WeightFormat.Float16)]
    [InlineData(WeightFormat.Int4)]
    public void Graph_OpenedFromItsFile_GivesTheSameLogits(WeightFormat format)
    {
        using var model = new RandomLlama(ConvertedModel.Shape with { Layers = 1 }, seed: 3, TensorType.F16);
        using var converted = ConvertedModel.Of(model, format);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        ServerlessOperators.Register(options);
        using var session = new InferenceSession(Path.Combine(converted.Folder, ConversionLayout.GraphFile(0)), options);

        using var cache = new KvCacheTensors(ConvertedModel.Shape with { Layers = 1 }, KvCacheFormat.Float32, blocks: 1, blockSize: 32);
        int[] positions = [.. Enumerable.Range(0, Tokens.Length)];
        var inputs = new Dictionary<string, OrtValue>
        {
            [LlamaGraph.InputIds] = Vector(Tokens),
            [LlamaGraph.CumulativeLengths] = Vector([0, Tokens.Length]),
            [LlamaGraph.PastLengths] = Vector([0]),
            [LlamaGraph.BlockTable] = OrtValue.CreateTensorValueFromMemory((int[])[0], [1, 1]),
            [LlamaGraph.SlotMapping] = Vector(positions),
            [LlamaGraph.SampledRows] = Vector(positions),
            [LlamaGraph.KeyCache(0)] = cache.Keys(0),
            [LlamaGraph.ValueCache(0)] = cache.Values(0),
        };
        using var run = new RunOptions();
        using var results = session.Run(run, inputs, [LlamaGraph.Logits]);

        Assert.Equal(Logits(model.Folder, format, 1), results[0].GetTensorDataAsSpan<float>().ToArray().Select(BitConverter.SingleToUInt32Bits));
    }

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.Float16)]
    [InlineData(WeightFormat.Int8)]
    public void Load_ConvertedEncoder_GivesTheBitsOfTheSource(WeightFormat format)
    {
        using var model = new RandomT5(RandomT5.Tiny with { HiddenSize = 128, IntermediateSize = 256, Heads = 4, HeadSize = 32, GatedGelu = true }, seed: 4);
        using var converted = new ConvertedModel();
        converted.Convert(model.Folder, format);
        using var source = T5EncoderSession.Load(model.Folder, 1, format);
        using var session = T5EncoderSession.Load(converted.Folder, 1);
        int[] mask = [.. Enumerable.Repeat(1, Tokens.Length)], ids = [.. Tokens.Select(t => t % 83)];

        float[] expected = source.Encode([ids], [mask])[0], actual = session.Encode([ids], [mask])[0];

        Assert.All(actual, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), actual.Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void Open_SettingsThatContradictTheManifest_AreOneClearError()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int8, ranks: 2);

        Assert.Equal((2, "int8"), (LlamaFolder.Resolve(converted.Folder, null, null).Ranks, LlamaFolder.Resolve(converted.Folder, 2, WeightFormat.Int8).Formats.ToString()));
        Assert.Contains("converted for 2", Fault(() => LlamaFolder.Resolve(converted.Folder, 4, null)), StringComparison.Ordinal);
        Assert.Contains("converted for 2", Fault(() => LlamaFolder.Open(converted.Folder, null, 1)), StringComparison.Ordinal);
        Assert.Contains("WeightFormat is Int4 (--weight-format), and the folder is converted to int8", Fault(() => LlamaFolder.Open(converted.Folder, WeightFormat.Int4, 2)), StringComparison.Ordinal);

        static string Fault(Func<object> open) => Assert.Throws<CheckpointException>(() => _ = open()).Message;
    }

    private static OrtValue Vector(int[] values) => OrtValue.CreateTensorValueFromMemory(values, [values.Length]);

    private static byte[] Bytes(StoredWeight weight) => weight.Value.GetTensorMutableRawData().ToArray();

    private static IEnumerable<uint> Logits(string folder, WeightFormat? format, int ranks)
    {
        var options = new LlamaSessionOptions
        {
            CheckpointPath = folder,
            Blocks = 20,
            BlockSize = 8,
            MaxTokens = 32,
            MaxSequences = 2,
            MaxSampledRows = 32,
            Threads = 1,
            WeightFormat = format,
        };
        using IStepModel session = ranks == 1 ? LlamaSession.Load(options) : RankedLlamaSession.Load(options, ranks, TimeProvider.System);
        float[] logits = [.. new PagedRunner(session, 20, 3).Step((0, Tokens))[0].SelectMany(row => row)];
        Assert.All(logits, value => Assert.True(float.IsFinite(value)));
        return logits.Select(BitConverter.SingleToUInt32Bits);
    }
}
