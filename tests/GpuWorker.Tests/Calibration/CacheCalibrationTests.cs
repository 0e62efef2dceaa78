using Serverless.GpuWorker.Calibration;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Calibration;

public sealed class CacheCalibrationTests
{
    /// <summary>The definition, written out: of all keys after rotation and all values of a channel of a head, in float64.</summary>
    [Theory]
    [InlineData(2, 2, 16, TensorType.F32)]
    [InlineData(1, 4, 24, TensorType.F16)]
    [InlineData(3, 1, 8, TensorType.BF16)]
    public void Ranges_AnyPrompts_AreThoseOfTheReference(int kvHeads, int group, int headSize, TensorType type)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(kvHeads, group, headSize), seed: headSize, type);
        int[][] prompts = [Tokens(96, 1), Tokens(33, 2), Tokens(1, 3)];
        int channels = kvHeads * headSize;
        var expected = Enumerable.Range(0, model.Config.Layers).Select(_ => (Keys: new double[channels], Values: new double[channels])).ToArray();
        foreach (int[] prompt in prompts)
        {
            model.Reference.Logits(prompt, (layer, keys, values) =>
            {
                for (int c = 0; c < channels; c++)
                {
                    expected[layer].Keys[c] = Math.Max(expected[layer].Keys[c], keys.Max(row => Math.Abs(row[c])));
                    expected[layer].Values[c] = Math.Max(expected[layer].Values[c], values.Max(row => Math.Abs(row[c])));
                }
            });
        }

        using var session = LlamaSession.Load(CacheCalibration.Options(model.Folder, longest: 96));
        var calibration = new CacheCalibration(session);
        int ran = 0;
        foreach (int[] prompt in prompts)
            calibration.Add(prompt, tokens => ran += tokens);

        Assert.Equal(96 + 33 + 1, ran);
        var ranges = calibration.Ranges();
        Assert.Equal(model.Config.Layers, ranges.Count);
        for (int layer = 0; layer < ranges.Count; layer++)
        {
            Assert.All(ranges[layer].Keys.Zip(expected[layer].Keys), pair => Assert.InRange(pair.First / pair.Second, 1 - 1e-4, 1 + 1e-4));
            Assert.All(ranges[layer].Values.Zip(expected[layer].Values), pair => Assert.InRange(pair.First / pair.Second, 1 - 1e-4, 1 + 1e-4));
        }
    }

    /// <summary>All tokens of the first step are embedded as zeros, so that what is seen is of the second.</summary>
    [Fact]
    public void Add_PromptOfTwoSteps_SeesItsEnd()
    {
        var config = RandomLlama.Tiny() with { ContextLength = 600 };
        using var model = new RandomLlama(config, seed: 3, extra: tensors =>
        {
            for (int i = 0; i < config.HiddenSize; i++)
                tensors.Set("model.embed_tokens.weight", (5 * config.HiddenSize) + i, 0);
        });
        double most = 0;
        model.Reference.Logits([7], (layer, _, values) => most = layer == 0 ? Most(values) : most);

        using var session = LlamaSession.Load(CacheCalibration.Options(model.Folder, longest: 600));
        var calibration = new CacheCalibration(session);
        List<int> steps = [];
        calibration.Add([.. Enumerable.Repeat(5, 599), 7], steps.Add);

        Assert.Equal([512, 88], steps);
        Assert.InRange(calibration.Ranges()[0].Values.Max() / most, 1 - 1e-5, 1 + 1e-5);
    }

    [Fact]
    public void Ranges_LayerThatIsNotFinite_IsNamed()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 3, extra: tensors =>
        {
            for (int i = 0; i < 40; i++)
                tensors.Set("model.layers.1.input_layernorm.weight", i, 3e38f);
        });
        using var session = LlamaSession.Load(CacheCalibration.Options(model.Folder, longest: 8));
        var calibration = new CacheCalibration(session);
        calibration.Add(Tokens(8, 1), _ => { });

        Assert.Equal("Layer 1 of the checkpoint computes keys that are not finite.", Assert.Throws<CheckpointException>(calibration.Ranges).Message);
    }

    private static double Most(double[][] rows) => rows.Max(row => row.Max(Math.Abs));

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }
}
