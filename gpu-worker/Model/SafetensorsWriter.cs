using System.Buffers.Binary;
using System.Text.Json;

namespace Serverless.GpuWorker.Model;

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
        byte[] header = Header(list);
        string unfinished = path + ".partial";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var tensor in list)
                file.Write(tensor.Data.Span);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    private static byte[] Header(List<TensorData> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            long offset = 0;
            json.WriteStartObject();
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"Two tensors are called {tensor.Name}.", nameof(tensors));

                if (tensor.Data.Length != tensor.Count * TensorTypes.SizeOf(tensor.Type))
                    throw new ArgumentException($"{tensor.Name} has {tensor.Data.Length} bytes, which its shape and type do not give.", nameof(tensors));

                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", TensorTypes.NameOf(tensor.Type));
                json.WriteStartArray("shape");
                foreach (int dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Data.Length);
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
