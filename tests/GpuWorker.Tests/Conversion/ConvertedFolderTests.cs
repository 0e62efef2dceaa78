using System.Text.Json.Nodes;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Conversion;

/// <summary>What a manifest says is what the folder holds, or the fault is named.</summary>
public sealed class ConvertedFolderTests : IDisposable
{
    private readonly RandomLlama _model = new(ConvertedModel.Shape with { Layers = 1 }, seed: 3, TensorType.F16);
    private readonly ConvertedModel _converted;

    public ConvertedFolderTests() => _converted = ConvertedModel.Of(_model, WeightFormat.Int8, ranks: 2);

    public void Dispose()
    {
        _converted.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData("rank-1.weights", 5000)]
    [InlineData("shared.weights", 0)]
    [InlineData("rank-0.onnx", 17)]
    [InlineData("config.json", 3)]
    public void Verify_OneWrongByte_NamesTheFile(string file, int at)
    {
        Assert.Equal(2, ConvertedFolder.Verify(_converted.Folder).Ranks);
        string path = Path.Combine(_converted.Folder, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 0x40;
        File.WriteAllBytes(path, bytes);

        Assert.StartsWith($"{file} is damaged", Fault(() => ConvertedFolder.Verify(_converted.Folder)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rank-1.weights")]
    [InlineData("rank-0.onnx")]
    public void Open_FileOfAnotherLengthOrMissing_IsNamed(string file)
    {
        string path = Path.Combine(_converted.Folder, file);
        File.AppendAllText(path, "x");
        Assert.StartsWith($"{file} has ", Fault(Load), StringComparison.Ordinal);
        File.Delete(path);
        Assert.Equal($"{file} is missing.", Fault(Load));
    }

    [Fact]
    public void Open_Alignment_IsThatOfPages()
    {
        var manifest = ConvertedManifest.Read(_converted.Folder);

        Assert.All(manifest.Tensors, tensor => Assert.Equal(0, tensor.Offset % 4096));
        Assert.Equal(["config.json", "rank-0.onnx", "rank-0.weights", "rank-1.onnx", "rank-1.weights", "shared.weights"], manifest.Files.Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_EditedManifest_NamesWhatIsWrong()
    {
        Assert.Contains("version is 1", FaultOf(m => m["version"] = 1), StringComparison.Ordinal);
        Assert.Contains("format must be", FaultOf(m => m["format"] = "other"), StringComparison.Ordinal);
        Assert.Contains("model is t5-encoder", FaultOf(m => m["model"] = "t5-encoder"), StringComparison.Ordinal);
        Assert.Contains("shape.heads", FaultOf(m => m["shape"]!["heads"] = 7), StringComparison.Ordinal);
        Assert.Contains("ranks must be", FaultOf(m => m["ranks"] = 3), StringComparison.Ordinal);
        Assert.Contains("UInt8 [4, 576] of 64 rows is expected", FaultOf(m => m["weight_format"] = "int4"), StringComparison.Ordinal);
        Assert.Contains("'../config.json', which is not in the folder", FaultOf(m => m["files"]![0]!["name"] = "../config.json"), StringComparison.Ordinal);
        Assert.Contains("'/etc/passwd', which is not in the folder", FaultOf(m => m["files"]![0]!["name"] = "/etc/passwd"), StringComparison.Ordinal);
        Assert.Contains("which is not one of the files", FaultOf(m => m["tensors"]![3]!["file"] = "other.weights"), StringComparison.Ordinal);
        Assert.Contains("do not fit", FaultOf(m => m["tensors"]![3]!["offset"] = 4096L << 30), StringComparison.Ordinal);
        Assert.Contains("do not fit", FaultOf(m => m["tensors"]![4]!["offset"] = 8), StringComparison.Ordinal);
        Assert.Contains("its type and shape do not give", FaultOf(m => m["tensors"]![3]!["shape"]![0] = 5), StringComparison.Ordinal);
        Assert.Contains("lacks model.layers.0.self_attn.q_proj.weight", FaultOf(m => m["tensors"]!.AsArray().RemoveAt(4)), StringComparison.Ordinal);
    }

    private string FaultOf(Action<JsonNode> edit)
    {
        string path = Path.Combine(_converted.Folder, ConvertedManifest.FileName), good = File.ReadAllText(path);
        var manifest = JsonNode.Parse(good)!;
        edit(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        try
        {
            return Fault(Load);
        }
        finally
        {
            File.WriteAllText(path, good);
        }
    }

    private void Load()
    {
        using var folder = LlamaFolder.Open(_converted.Folder, null, 2);
        using var first = folder.Load(new LlamaShard(folder.Config, 0, 2));
        using var second = folder.Load(new LlamaShard(folder.Config, 1, 2), first);
    }

    private static string Fault(Action action) => Assert.Throws<CheckpointException>(action).Message;
}
