using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>What the settings and a converted folder must agree on before it is served.</summary>
public sealed class ConvertedLoadingTests
{
    [Fact]
    public void Load_VerifyWeights_FindsAWrongByteThatAStartWithoutItDoesNotLookFor()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int8);
        string path = Path.Combine(converted.Folder, "rank-0.weights");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        var options = new WorkerOptions { Llama = converted.Folder };

        Assert.StartsWith("rank-0.weights is damaged", Assert.Throws<CheckpointException>(() => Load(options with { VerifyWeights = true })).Message, StringComparison.Ordinal);
        // It goes on to what the folder lacks.
        Assert.Contains("tokenizer.model", Assert.Throws<FileNotFoundException>(() => Load(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SettingsThatContradictTheFolder_NameBoth()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(8, 1, 8) with { IntermediateSize = 256 }, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Float32, ranks: 8);
        var options = new WorkerOptions { Llama = converted.Folder, AllowOversubscription = true };

        Assert.Contains("Ranks is 2 (--ranks), and the folder is converted for 8", Fault(options with { Ranks = 2 }), StringComparison.Ordinal);
        Assert.Contains("WeightFormat is Int8 (--weight-format), and the folder is converted to f32", Fault(options with { WeightFormat = WeightFormat.Int8 }), StringComparison.Ordinal);
        if (Environment.ProcessorCount < 8)
            Assert.Contains($"Worker:Ranks is 8 and the machine has {Environment.ProcessorCount} cores", Fault(options with { AllowOversubscription = false }), StringComparison.Ordinal);
    }

    private static string Fault(WorkerOptions options) => Assert.Throws<CheckpointException>(() => Load(options)).Message;

    private static void Load(WorkerOptions options) => new CheckpointLoader(options, new ChildLauncher(EngineCommand.Name), TimeProvider.System, NullLoggerFactory.Instance).Load(CancellationToken.None);
}
