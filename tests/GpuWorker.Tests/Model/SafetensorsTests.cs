using System.Buffers.Binary;
using System.Text;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Write_ThenOpen_GivesTheSameTensors(TensorType type)
    {
        float[] values = [0, 1, -2.5f, 0.15625f, 1024, -0.0078125f];
        Write(TensorData.FromFloats("a", values, [2, 3], type), TensorData.FromFloats("b", values.AsSpan(0, 1), [], type));

        using var checkpoint = Checkpoint.Open(_folder);

        Assert.Equal(values, checkpoint.Floats("a", 2, 3));
        Assert.Equal(type, checkpoint.Find("a").Type);
        Assert.Equal([0f], checkpoint.Floats("b"));
    }

    [Fact]
    public void FromFloats_BFloat16_RoundsToNearestEven()
    {
        float[] values = [1 + (1f / 256), 1 + (3f / 256), float.NaN, float.PositiveInfinity];

        float[] rounded = TensorData.FromFloats("x", values, [4], TensorType.BF16).ToFloats();

        Assert.Equal([1f, 1 + (4f / 256), float.NaN, float.PositiveInfinity], rounded);
    }

    [Fact]
    public void Floats_WrongShape_NamesFileTensorAndShapes()
    {
        Write(TensorData.FromFloats("weight", [1, 2], [2]));
        using var checkpoint = Checkpoint.Open(_folder);

        var error = Assert.Throws<CheckpointException>(() => checkpoint.Floats("weight", 1, 2));

        Assert.Equal("model.safetensors: weight has shape [2]; config.json asks for [1, 2].", error.Message);
        Assert.Contains("missing.weight", Assert.Throws<CheckpointException>(() => checkpoint.Find("missing.weight")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "data_offsets of t")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes belong to no tensor")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 8, "data_offsets of t")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 8, "data_offsets of t")]
    [InlineData("""{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "t has 8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", 8, "t has 8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}""", 8, "shape of t")]
    [InlineData("""{"t":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8, "t has dtype I64")]
    [InlineData("""{"t":{"shape":[1],"data_offsets":[0,4]}}""", 4, "t has dtype none")]
    [InlineData("""{"t":[]}""", 0, "entry of t")]
    [InlineData("""[]""", 0, "not a JSON object")]
    [InlineData("""{"t":""", 0, "not the JSON")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "not the JSON")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "overlaps")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"u":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "gap before the data of u")]
    public void Open_MalformedHeader_NamesWhatIsWrong(string header, int dataBytes, string expected)
    {
        WriteRaw((ulong)Encoding.UTF8.GetByteCount(header), header, dataBytes);

        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder));

        Assert.StartsWith("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(17UL)]
    public void Open_HeaderLongerThanTheFile_IsRefused(ulong length)
    {
        WriteRaw(length, "{}", 0);

        Assert.Contains("does not fit the file", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FlippedBytes_GivesTensorsOrACheckpointException()
    {
        Write(TensorData.FromFloats("a", [1, 2, 3, 4], [2, 2]), TensorData.FromFloats("b", [5], [1], TensorType.F16));
        string path = Path.Combine(_folder, "model.safetensors");
        byte[] good = File.ReadAllBytes(path);
        var random = new Random(7);
        for (int round = 0; round < 500; round++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bad[..random.Next(bad.Length / 2, bad.Length + 1)]);
            try
            {
                using var checkpoint = Checkpoint.Open(_folder);
                Assert.All(checkpoint.TensorNames, name => checkpoint.Floats(name, checkpoint.Find(name).Shape));
            }
            catch (CheckpointException)
            {
            }
        }
    }

    [Fact]
    public void Open_Shards_FindsEachTensorInItsFile()
    {
        SafetensorsWriter.Write(Path.Combine(_folder, "model-1.safetensors"), [TensorData.FromFloats("a", [1], [1])]);
        SafetensorsWriter.Write(Path.Combine(_folder, "model-2.safetensors"), [TensorData.FromFloats("b", [2], [1])]);
        WriteIndex("""{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""");

        using var checkpoint = Checkpoint.Open(_folder);

        Assert.Equal([2f], checkpoint.Floats("b", 1));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","c":"model-1.safetensors"}}""", "lacks the tensor c")]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "not a file name")]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "absent.safetensors is missing")]
    [InlineData("""{"weight_map":{"a":".."}}""", "not a file name")]
    [InlineData("""{"weight_map":{"a":null}}""", "not a file name")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "not the JSON")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""", "a is in model-1.safetensors too")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","c":"model-3.safetensors"}}""", "lacks the tensor d, which is in model-3.safetensors")]
    [InlineData("""{"weight_map":[1]}""", "not the JSON")]
    [InlineData("""{}""", "no weight_map")]
    public void Open_MalformedIndex_NamesWhatIsWrong(string index, string expected)
    {
        SafetensorsWriter.Write(Path.Combine(_folder, "model-1.safetensors"), [TensorData.FromFloats("a", [1], [1])]);
        SafetensorsWriter.Write(Path.Combine(_folder, "model-2.safetensors"), [TensorData.FromFloats("a", [1], [1]), TensorData.FromFloats("b", [1], [1])]);
        SafetensorsWriter.Write(Path.Combine(_folder, "model-3.safetensors"), [TensorData.FromFloats("c", [1], [1]), TensorData.FromFloats("d", [1], [1])]);
        WriteIndex(index);

        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PickledWeightsOnly_AdvisesToConvert()
    {
        File.WriteAllText(Path.Combine(_folder, "consolidated.00.pth"), "");

        Assert.Contains("convert them to safetensors", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder)).Message, StringComparison.Ordinal);
    }

    private void Write(params TensorData[] tensors) => SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);

    private void WriteIndex(string json) => File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), json);

    private void WriteRaw(ulong headerLength, string header, int dataBytes)
    {
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(header) + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, headerLength);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), bytes);
    }
}
