using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Demo;

public sealed class RandomCheckpointTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("random-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Run_TinyShape_WritesACheckpointThatIsServed()
    {
        Assert.Equal(0, DemoCommand.Run(Settings(("output", _root), ("shape", "tiny"), ("layers", "2"))));
        string folder = Path.Combine(_root, "random-tiny-2-layers");

        using var session = LlamaSession.Load(new LlamaSessionOptions { CheckpointPath = folder, Blocks = 8, BlockSize = 16, MaxTokens = 16, MaxSequences = 1, WeightFormat = WeightFormat.Checkpoint });
        Assert.Equal((2, 32_000, 4096), (session.Config.Layers, session.VocabularySize, session.ContextLength));
        var tokenizer = TokenizerFile.Load(folder);
        Assert.Equal(32_000, tokenizer.VocabularySize);
        Assert.Equal("the big one", tokenizer.Decode(tokenizer.Encode("the big one")));
        Assert.NotEqual("", tokenizer.Decode([31_999]));
    }

    [Fact]
    public void Write_AnyShard_HoldsTheSameTensors()
    {
        var config = ModelShape.Find("tiny", 64)! with { VocabularySize = 6000, Layers = 2 };
        string one = Path.Combine(_root, "one"), many = Path.Combine(_root, "many"), other = Path.Combine(_root, "other");
        new RandomCheckpoint(config, TensorType.BF16, seed: 4).Write(one);
        new RandomCheckpoint(config, TensorType.BF16, seed: 4).Write(many, shardBytes: 2_000_000);
        new RandomCheckpoint(config, TensorType.BF16, seed: 5).Write(other);

        Assert.False(File.Exists(Path.Combine(one, "model.safetensors.index.json")));
        Assert.True(Directory.EnumerateFiles(many, "model-*-of-*.safetensors").Count() > 3);
        using var single = Checkpoint.Open(one);
        using var sharded = Checkpoint.Open(many);
        using var different = Checkpoint.Open(other);
        Assert.Equal(single.TensorNames.Order(StringComparer.Ordinal), sharded.TensorNames.Order(StringComparer.Ordinal));
        Assert.All(single.TensorNames, name => Assert.True(single.Bytes(name).SequenceEqual(sharded.Bytes(name)), name));
        Assert.False(single.Bytes(LlamaWeights.LmHead).SequenceEqual(different.Bytes(LlamaWeights.LmHead)));
        Assert.False(single.Bytes(LlamaWeights.Attention(0, 'k')).SequenceEqual(single.Bytes(LlamaWeights.Attention(1, 'k'))));
    }

    /// <summary>Standard deviation 1 / sqrt(hidden), mean 0: products of unit inputs stay of order one.</summary>
    [Fact]
    public void Write_Matrices_AreNormallyDistributed()
    {
        var config = ModelShape.Find("tiny", 64)! with { VocabularySize = 6000, Layers = 1 };
        new RandomCheckpoint(config, TensorType.F32, seed: 4).Write(_root);
        using var checkpoint = Checkpoint.Open(_root);
        float[] values = checkpoint.Floats(LlamaWeights.LmHead, 6000, 256);

        Assert.InRange(values.Average(), -1e-3, 1e-3);
        Assert.InRange(values.Average(value => value * value * 256), 0.98, 1.02);
        Assert.InRange(values.Count(value => Math.Abs(value) > 2.0 / 16) / (double)values.Length, 0.04, 0.05);
        Assert.All(checkpoint.Floats(LlamaWeights.FinalNorm, 256), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Require_TooLittleSpace_SaysHowMuchIsNeededAndFree()
    {
        var seventy = new RandomCheckpoint(ModelShape.Find("70b", 4096)!, TensorType.F16, seed: 1);
        Assert.InRange(seventy.Bytes, 137_900_000_000, 138_000_000_000);

        var error = Assert.Throws<IOException>(() => DiskSpace.Require(Path.Combine(_root, "not", "there", "yet"), seventy.Bytes, _ => 75_300_000_000));

        Assert.Equal("138.0 GB are needed and 75.3 GB are free.", error.Message);
        DiskSpace.Require(_root, 1000, _ => 75_300_000_000);
    }

    [Theory]
    [InlineData("demo needs --output DIR.")]
    [InlineData("--shape must be tiny, 1b, 7b, 13b or 70b.", "output", "x", "shape", "3b")]
    [InlineData("--layers must be from 1 to 80.", "output", "x", "shape", "70b", "layers", "81")]
    [InlineData("--layers must be from 1 to 22.", "output", "x", "shape", "1b", "layers", "-1")]
    [InlineData("--seed must be from 0", "output", "x", "shape", "1b", "seed", "x")]
    [InlineData("--format must be f16, bf16 or f32.", "output", "x", "shape", "1b", "format", "int8")]
    [InlineData("go with --shape", "output", "x", "seed", "1")]
    [InlineData("--kv-heads must be 2 or 4.", "output", "x", "kv-heads", "3")]
    [InlineData("--kv-heads goes without --shape.", "output", "x", "kv-heads", "4", "shape", "1b")]
    public void Read_Wrong_NamesTheOptionAndWhatIsPermitted(string expected, params string[] settings)
    {
        var (options, error) = DemoOptions.Read(Settings([.. settings.Chunk(2).Select(pair => (pair[0], pair[1]))]));

        Assert.Null(options);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Settings(params (string Name, string Value)[] settings) =>
        settings.ToDictionary(setting => CommandOptions.DemoPrefix + setting.Name, setting => (string?)setting.Value);
}
