using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

/// <summary>
/// Whatever a checkpoint's files hold: it loads, or a <see cref="CheckpointException"/> names a file, and memory stays within what the files could need.
/// </summary>
public sealed class CheckpointFuzzTests : IDisposable
{
    private const long MostAllocated = 4 << 20;

    private static readonly string[] Named = [".safetensors", ".json", ".weights", "The checkpoint lacks the tensor ", "model.", "lm_head", "rope."];

    private readonly RandomLlama _model = new(RandomLlama.Tiny() with { Layers = 1 }, seed: 3, TensorType.F16);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Load_SpoiltHeaders_LoadsOrNamesTheFault()
    {
        string path = Path.Combine(_model.Folder, "model.safetensors");
        byte[] good = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(good);
        byte[] header = good[8..(8 + length)], data = good[(8 + length)..];
        Rounds(1200, seed: 1, random =>
        {
            byte[] spoilt = Mutation.Of(header, random);
            var prefix = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(prefix, random.Next(8) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : (ulong)spoilt.Length);
            byte[] rest = random.Next(8) == 0 ? data[..random.Next(data.Length)] : data;
            File.WriteAllBytes(path, [.. prefix, .. spoilt, .. rest]);
        });
    }

    [Fact]
    public void Load_SpoiltData_LoadsOrNamesTheFault()
    {
        string path = Path.Combine(_model.Folder, "model.safetensors");
        byte[] good = File.ReadAllBytes(path);
        Rounds(300, seed: 2, random =>
        {
            byte[] bad = [.. good];
            for (int i = random.Next(4); i >= 0; i--)
                random.NextBytes(bad.AsSpan(random.Next(bad.Length - 2), 2));

            File.WriteAllBytes(path, random.Next(3) == 0 ? bad[..random.Next(bad.Length)] : bad);
        });
    }

    [Fact]
    public void Load_SpoiltIndex_LoadsOrNamesTheFault()
    {
        var tensors = _model.Tensors.Values.ToList();
        File.Delete(Path.Combine(_model.Folder, "model.safetensors"));
        SafetensorsWriter.Write(Path.Combine(_model.Folder, "model-1.safetensors"), tensors[..5]);
        SafetensorsWriter.Write(Path.Combine(_model.Folder, "model-2.safetensors"), tensors[5..]);
        string index = JsonSerializer.Serialize(new
        {
            metadata = new { total_size = 1 },
            weight_map = tensors.Select((tensor, i) => (tensor.Name, Shard: $"model-{(i < 5 ? 1 : 2)}.safetensors")).ToDictionary(entry => entry.Name, entry => entry.Shard),
        });
        Rounds(600, seed: 3, random => File.WriteAllBytes(Path.Combine(_model.Folder, "model.safetensors.index.json"), Mutation.Of(Encoding.UTF8.GetBytes(index), random)));
    }

    [Fact]
    public void Load_SpoiltConfig_LoadsOrNamesTheFault()
    {
        string path = Path.Combine(_model.Folder, "config.json");
        byte[] good = File.ReadAllBytes(path);
        Rounds(500, seed: 4, random => File.WriteAllBytes(path, Mutation.Of(good, random)));
    }

    [Fact]
    public void Load_SpoiltManifest_LoadsOrNamesTheFault()
    {
        using var model = new RandomLlama(ConvertedModel.Shape with { Layers = 1 }, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int4);
        string path = Path.Combine(converted.Folder, ConvertedManifest.FileName);
        byte[] good = File.ReadAllBytes(path);
        Rounds(500, seed: 5, random => File.WriteAllBytes(path, Mutation.Of(good, random)), converted.Folder);
    }

    /// <summary>Loads what each round leaves in the folder; some loads must work and some must not, or nothing was tested.</summary>
    private void Rounds(int count, int seed, Action<Random> spoil, string? folder = null)
    {
        var random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < count; round++)
        {
            spoil(random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var llama = LlamaFolder.Open(folder ?? _model.Folder, null, 1);
                using var weights = llama.Load(new LlamaShard(llama.Config));
            }
            catch (CheckpointException exception)
            {
                refused++;
                Assert.True(Named.Any(name => exception.Message.Contains(name, StringComparison.Ordinal)), $"Round {round}: {exception.Message}");
                Assert.InRange(exception.Message.Length, 10, 1000);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Round {round}: {exception}");
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }
        Assert.InRange(refused, count / 4, count - 1);
    }
}
