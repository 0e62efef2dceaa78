using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Conversion;

public sealed class ConverterTests
{
    private static readonly WeightFormatMix Mix = new(WeightFormat.Int4, [WeightFormatRule.Parse("lm_head=int8")!, WeightFormatRule.Parse("down=f16")!]);

    /// <summary>Killed at each change on disk, with half of a write done, and run again: the folder is the same to the byte.</summary>
    [Fact]
    public void Run_KilledAnywhereAndRunAgain_GivesTheSameBytes()
    {
        using var model = new RandomLlama(ConvertedModel.Shape with { Layers = 1 }, seed: 5);
        File.WriteAllText(Path.Combine(model.Folder, "generation_config.json"), "{}");
        using var whole = new ConvertedModel();
        var counted = new FaultyStorage();
        whole.Convert(model.Folder, Mix, ranks: 2, counted);
        var expected = whole.Content();
        Assert.True(counted.Changes > 60, $"{counted.Changes} changes");

        for (int killAt = 0; killAt < counted.Changes; killAt++)
        {
            using var killed = new ConvertedModel();
            Assert.Throws<FaultyStorage.KilledException>(() => killed.Convert(model.Folder, Mix, ranks: 2, new FaultyStorage(killAt)));
            killed.Convert(model.Folder, Mix, ranks: 2);
            AssertSame(expected, killed.Content());
        }
    }

    /// <summary>What is written already is not written again.</summary>
    [Fact]
    public void Run_AfterAKill_GoesOnWhereItStopped()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var killed = new ConvertedModel();
        var counted = new FaultyStorage();
        using (var whole = new ConvertedModel())
            whole.Convert(model.Folder, Mix, 1, counted);

        int late = counted.Changes * 2 / 3;
        Assert.Throws<FaultyStorage.KilledException>(() => killed.Convert(model.Folder, Mix, 1, new FaultyStorage(late)));
        var rest = new FaultyStorage();
        killed.Convert(model.Folder, Mix, 1, rest);

        Assert.InRange(rest.Changes, counted.Changes - late, counted.Changes - late + 12);
    }

    [Theory]
    [InlineData("shared.weights")]
    [InlineData(ConversionJournal.FileName)]
    public void Run_WhatAKilledRunLeftIsDamaged_BeginsAnew(string file)
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var whole = ConvertedModel.Of(model, Mix);
        using var killed = new ConvertedModel();
        Assert.Throws<FaultyStorage.KilledException>(() => killed.Convert(model.Folder, Mix, 1, new FaultyStorage(40)));
        string path = Path.Combine(Path.GetDirectoryName(killed.Folder)!, ".out.partial", file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 3] ^= 1;
        File.WriteAllBytes(path, bytes);

        killed.Convert(model.Folder, Mix);

        AssertSame(whole.Content(), killed.Content());
    }

    [Fact]
    public void Run_AnotherConversionWasKilledThere_BeginsAnew()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var whole = ConvertedModel.Of(model, WeightFormat.Int8);
        using var killed = new ConvertedModel();
        Assert.Throws<FaultyStorage.KilledException>(() => killed.Convert(model.Folder, Mix, 2, new FaultyStorage(60)));

        killed.Convert(model.Folder, WeightFormat.Int8);

        AssertSame(whole.Content(), killed.Content());
    }

    [Fact]
    public void Run_OutputIsThere_IsLeftAloneIfItIsThisConversionAndRefusedOtherwise()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var converted = ConvertedModel.Of(model, Mix);
        var storage = new FaultyStorage();

        converted.Convert(model.Folder, Mix, 1, storage);

        Assert.Equal(0, storage.Changes);
        Assert.Contains("remove it first", Fault(() => converted.Convert(model.Folder, WeightFormat.Int8)), StringComparison.Ordinal);
        File.Delete(Path.Combine(converted.Folder, ConvertedManifest.FileName));
        Assert.Contains("it holds other files", Fault(() => converted.Convert(model.Folder, Mix)), StringComparison.Ordinal);
        Assert.Contains("converted already", Fault(() =>
        {
            using var again = ConvertedModel.Of(model, Mix);
            using var other = new ConvertedModel();
            other.Convert(again.Folder, Mix);
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ManyRows_WritesAFewMegabytesAtATime()
    {
        using var model = new RandomLlama(ConvertedModel.Shape with { VocabularySize = 50_000, Layers = 1 }, seed: 5, TensorType.F16);
        using var converted = new ConvertedModel();
        var storage = new FaultyStorage();

        converted.Convert(model.Folder, WeightFormat.Float32, 1, storage);

        Assert.InRange(storage.LargestWrite, 1 << 20, 8 << 20);
    }

    [Fact]
    public void Run_QuantisedMatrices_ManifestSaysWhatWasLost()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var one = new ConvertedModel();
        using var four = new ConvertedModel();

        var accuracy = one.Convert(model.Folder, Mix).Accuracy;
        var divided = four.Convert(model.Folder, Mix, ranks: 4).Accuracy;

        Assert.Equal([("f16", 2), ("int8", 1), ("int4", 12)], accuracy.Formats.Select(format => (format.Format, format.Matrices)));
        Assert.InRange(accuracy.Formats[0].RelativeRms, 1e-5, 1e-3);
        Assert.InRange(accuracy.Formats[1].RelativeRms, 0.002, 0.01);
        Assert.InRange(accuracy.Formats[2].RelativeRms, 0.05, 0.12);
        Assert.Equal(10, accuracy.Worst.Count);
        Assert.Equal(accuracy.Worst.OrderByDescending(error => error.RelativeRms), accuracy.Worst);
        Assert.All(accuracy.Formats.Zip(divided.Formats), pair => Assert.Equal(pair.First.RelativeRms, pair.Second.RelativeRms, 1e-12));
    }

    [Fact]
    public void Run_RuleForNoMatrix_IsRefusedByItsText()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var converted = new ConvertedModel();

        Assert.Equal("--keep layers.2.down=int8 names no matrix of the model.", Fault(() => converted.Convert(model.Folder, new WeightFormatMix(WeightFormat.Int4, [WeightFormatRule.Parse("layers.2.down=int8")!]))));
    }

    [Fact]
    public void Run_TokenizerOfAnotherModel_IsRefusedWithBothSizes()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5);
        using var converted = new ConvertedModel();
        string tokenizer = Path.Combine(model.Folder, "tokenizer.model");
        File.WriteAllBytes(tokenizer, PaddedTokenizer.Create(6000));
        Assert.Equal("config.json: vocab_size is 101; the folder's tokenizer has 6000 pieces.", Fault(() => converted.Convert(model.Folder, Mix)));

        File.WriteAllText(tokenizer, "no model");
        Assert.StartsWith("The tokenizer cannot be used: ", Fault(() => converted.Convert(model.Folder, Mix)), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_MetasFolder_AdvisesToConvertItFirst()
    {
        using var converted = new ConvertedModel();
        string source = Directory.CreateTempSubdirectory("meta-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(source, "params.json"), "{}");
            File.WriteAllText(Path.Combine(source, "consolidated.00.pth"), "");
            string fault = Fault(() => converted.Convert(source, Mix));
            Assert.Contains("Meta's layout", fault, StringComparison.Ordinal);
            Assert.Contains("convert_llama_weights_to_hf.py", fault, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(source, recursive: true);
        }
    }

    [Theory]
    [InlineData(TensorType.F32, float.NaN, WeightFormat.Float32, "is not a finite number")]
    [InlineData(TensorType.F16, float.PositiveInfinity, WeightFormat.Float16, "is not a finite number")]
    [InlineData(TensorType.BF16, float.NegativeInfinity, WeightFormat.Float16, "is not a finite number")]
    [InlineData(TensorType.BF16, float.NaN, WeightFormat.Int4, "is not a finite number")]
    [InlineData(TensorType.F32, 1e6f, WeightFormat.Float16, "is beyond float16's range")]
    public void Run_WeightThatIsNotFinite_IsRefusedByNameAndRow(TensorType type, float value, WeightFormat format, string fault)
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 5, type);
        using var converted = new ConvertedModel();
        const string Name = "model.layers.1.mlp.up_proj.weight";
        SafetensorsWriter.Write(Path.Combine(model.Folder, "model.safetensors"), model.Tensors.Values.Select(tensor =>
        {
            float[] values = tensor.ToFloats();
            if (tensor.Name == Name)
                values[(77 * 64) + 33] = value;

            return TensorData.FromFloats(tensor.Name, values, tensor.Shape, type);
        }));

        Assert.Equal($"{Name}: row 77 holds a value that {fault}.", Fault(() => converted.Convert(model.Folder, format)));
    }

    private static string Fault(Action convert) => Assert.Throws<CheckpointException>(convert).Message;

    private static void AssertSame(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, file => Assert.True(file.Value.AsSpan().SequenceEqual(actual[file.Key]), file.Key));
    }
}
