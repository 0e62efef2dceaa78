using System.Buffers.Binary;
using System.Text.Json;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>Writes safetensors files (https://github.com/huggingface/safetensors, "Format").</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>
    /// Writes the tensors in their order. The file appears under <paramref name="path"/> only when it is complete.
    /// </summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or a tensor's data does not fit its shape.</exception>
    public static void Write(string path, IEnumerable<TensorData> tensors)
    {
        var list = tensors.ToList();
        foreach (var tensor in list)
            if (tensor.Data.Length != tensor.Count * TensorTypes.SizeOf(tensor.Type))
                throw new ArgumentException($"{tensor.Name} has {tensor.Data.Length} bytes, which its shape and type do not give.", nameof(tensors));

        int next = 0;
        Write(path, [.. list.Select(tensor => new SafetensorsEntry(tensor.Name, tensor.Type, tensor.Shape))], (_, file) => file.Write(list[next++].Data.Span));
    }

    /// <summary>The same with data that is made while it is written, so that no tensor needs to be in memory.</summary>
    /// <param name="write">Called for each entry in their order; writes <see cref="SafetensorsEntry.ByteLength"/> bytes.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    /// <exception cref="InvalidOperationException">Another number of bytes was written.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsEntry> entries, Action<SafetensorsEntry, Stream> write)
    {
        byte[] header = Header(entries);
        string unfinished = path + ".partial";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var entry in entries)
            {
                long end = file.Position + entry.ByteLength;
                write(entry, file);
                if (file.Position != end)
                    throw new InvalidOperationException($"{entry.Name} was written with {file.Position - end + entry.ByteLength} bytes in place of {entry.ByteLength}.");
            }
        }
        File.Move(unfinished, path, overwrite: true);
    }

    private static byte[] Header(IReadOnlyList<SafetensorsEntry> entries)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            long offset = 0;
            json.WriteStartObject();
            foreach (var entry in entries)
            {
                if (!names.Add(entry.Name))
                    throw new ArgumentException($"Two tensors are called {entry.Name}.", nameof(entries));

                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", TensorTypes.NameOf(entry.Type));
                json.WriteStartArray("shape");
                foreach (int dimension in entry.Shape)
                    json.WriteNumberValue(dimension);

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += entry.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        // Spaces after the JSON align the data that follows.
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');

        return buffer.ToArray();
    }
}
