using System.Buffers.Binary;
using System.Text.Json;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>
/// Reads and checks a safetensors header: eight bytes of length, JSON of {name: {dtype, shape, data_offsets}}, then data that the
/// tensors cover without gap or overlap (https://github.com/huggingface/safetensors, "Format").
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit on the JSON part, bytes.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>No tensor of any model has a longer name; a message that quotes one stays readable.</summary>
    private const int MaxNameLength = 256;

    /// <summary>How the JSON of untrusted files is parsed.</summary>
    public static JsonDocumentOptions Json { get; } = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static IReadOnlyDictionary<string, SafetensorsTensor> Read(string path)
    {
        string file = Path.GetFileName(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length < sizeof(ulong))
            throw new CheckpointException($"{file} is too short to be a safetensors file.");

        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxBytes || (long)length > stream.Length - sizeof(ulong))
            throw new CheckpointException($"{file}: the header's length, {length} bytes, does not fit the file.");

        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header, Json);
            return Parse(file, json.RootElement, dataStart: sizeof(ulong) + (long)length, stream.Length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is what System.Text.Json throws for a string that is not UTF-8.
            throw new CheckpointException($"{file}: the header is not the JSON of a safetensors file.", exception);
        }
    }

    private static Dictionary<string, SafetensorsTensor> Parse(string file, JsonElement root, long dataStart, long fileLength)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new CheckpointException($"{file}: the header is not a JSON object.");

        var tensors = new Dictionary<string, SafetensorsTensor>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name.Length is 0 or > MaxNameLength)
                throw new CheckpointException($"{file}: a tensor's name has {property.Name.Length} characters; 1 to {MaxNameLength} are permitted.");

            if (property.Name != "__metadata__")
                tensors.Add(property.Name, ParseTensor(file, property.Name, property.Value, dataStart, fileLength));
        }

        long end = dataStart;
        SafetensorsTensor? previous = null;
        foreach (var tensor in tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            if (tensor.Offset < end)
                throw new CheckpointException($"{file}: the data of {tensor.Name} overlaps that of {previous?.Name}.");

            if (tensor.Offset > end)
                throw new CheckpointException($"{file}: there is a gap before the data of {tensor.Name}.");

            end = tensor.Offset + tensor.ByteLength;
            previous = tensor;
        }
        if (end != fileLength)
            throw new CheckpointException($"{file}: {fileLength - end} bytes belong to no tensor.");

        return tensors;
    }

    private static SafetensorsTensor ParseTensor(string file, string name, JsonElement entry, long dataStart, long fileLength)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw new CheckpointException($"{file}: the entry of {name} is not an object.");

        string? dtype = entry.TryGetProperty("dtype", out var typeName) && typeName.ValueKind == JsonValueKind.String ? typeName.GetString() : null;
        if (!TensorTypes.TryParse(dtype, out var type))
            throw new CheckpointException($"{file}: {name} has dtype {dtype ?? "none"}; F32, F16 and BF16 are permitted.");

        int[]? shape = ParseShape(entry);
        if (shape is null)
            throw new CheckpointException($"{file}: the shape of {name} is not a list of sizes from 1 to {int.MaxValue}.");

        if (!TryOffsets(entry, out long begin, out long end) || end > fileLength - dataStart)
            throw new CheckpointException($"{file}: the data_offsets of {name} lie outside the file.");

        if (end - begin != ByteLength(shape, type))
            throw new CheckpointException($"{file}: {name} has {end - begin} bytes; {dtype} of [{string.Join(", ", shape)}] does not.");

        return new SafetensorsTensor(name, type, shape, dataStart + begin, end - begin);
    }

    private static int[]? ParseShape(JsonElement entry)
    {
        if (!entry.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array || shape.GetArrayLength() > 8)
            return null;

        var dimensions = new int[shape.GetArrayLength()];
        for (int i = 0; i < dimensions.Length; i++)
            if (shape[i].ValueKind != JsonValueKind.Number || !shape[i].TryGetInt32(out dimensions[i]) || dimensions[i] < 1)
                return null;

        return dimensions;
    }

    private static bool TryOffsets(JsonElement entry, out long begin, out long end)
    {
        begin = end = 0;
        return entry.TryGetProperty("data_offsets", out var offsets) && offsets.ValueKind == JsonValueKind.Array && offsets.GetArrayLength() == 2
            && offsets[0].ValueKind == JsonValueKind.Number && offsets[0].TryGetInt64(out begin)
            && offsets[1].ValueKind == JsonValueKind.Number && offsets[1].TryGetInt64(out end)
            && begin >= 0 && end >= begin;
    }

    /// <summary>Bytes of a tensor, or -1 where the product exceeds what a file can hold.</summary>
    private static long ByteLength(int[] shape, TensorType type)
    {
        try
        {
            return checked(TensorData.CountOf(shape) * TensorTypes.SizeOf(type));
        }
        catch (OverflowException)
        {
            return -1;
        }
    }
}
