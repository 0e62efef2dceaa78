using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>Vectors by their keys in one blob: 32 characters of the key as ASCII, the count of numbers, the numbers as little-endian float32; one after another.</summary>
internal static class VectorFile
{
    private const int KeyBytes = 32;

    /// <summary>From its beginning; to be disposed of by the caller.</summary>
    public static MemoryStream Write(IReadOnlyDictionary<string, ReadOnlyMemory<float>> vectors)
    {
        var content = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var (key, vector) in vectors)
        {
            content.Write(Encoding.ASCII.GetBytes(key));
            BinaryPrimitives.WriteInt32LittleEndian(length, vector.Length);
            content.Write(length);
            content.Write(MemoryMarshal.AsBytes(vector.Span));
        }

        content.Position = 0;
        return content;
    }

    /// <summary>Those that are wanted. What is cut off is not there.</summary>
    public static Dictionary<string, ReadOnlyMemory<float>> Read(ReadOnlySpan<byte> content, IReadOnlySet<string> wanted)
    {
        var found = new Dictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
        while (content.Length > KeyBytes + sizeof(int))
        {
            var count = BinaryPrimitives.ReadInt32LittleEndian(content[KeyBytes..]);
            var end = KeyBytes + sizeof(int) + ((long)count * sizeof(float));
            if (count <= 0 || end > content.Length) break;
            var key = Encoding.ASCII.GetString(content[..KeyBytes]);
            if (wanted.Contains(key)) found[key] = MemoryMarshal.Cast<byte, float>(content[(KeyBytes + sizeof(int))..(int)end]).ToArray();
            content = content[(int)end..];
        }

        return found;
    }
}
