using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Serverless.Functions.Batches.Running;

/// <summary>What was answered of a slice: each request's line as it will stand in one of the batch's files, by its place in the slice.</summary>
internal sealed class SliceResults
{
    private readonly SortedDictionary<int, (bool IsError, ReadOnlyMemory<byte> Line)> _lines = [];

    public int Completed => _lines.Values.Count(entry => !entry.IsError);

    public int Failed => _lines.Values.Count(entry => entry.IsError);

    /// <summary>In the order of the input.</summary>
    public IEnumerable<(bool IsError, ReadOnlyMemory<byte> Line)> Lines => _lines.Values;

    public bool Has(int place) => _lines.ContainsKey(place);

    /// <param name="line">Without an end of line.</param>
    public void Add(int place, bool isError, ReadOnlyMemory<byte> line) => _lines[place] = (isError, line);

    /// <summary>A line each: <c>+</c> or <c>-</c> for an error, the place, a space, the line.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        foreach (var (place, (isError, line)) in _lines)
        {
            bytes.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(isError ? '-' : '+')}{place} ")));
            bytes.Write(line.Span);
            bytes.WriteByte((byte)'\n');
        }

        return bytes.ToArray();
    }

    public static SliceResults Parse(ReadOnlyMemory<byte> bytes)
    {
        var results = new SliceResults();
        while (bytes.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = bytes[..end];
            bytes = bytes[(end + 1)..];
            if (!Utf8Parser.TryParse(line.Span[1..], out int place, out var digits)) throw new FormatException("A line of results does not begin with its place.");
            results.Add(place, line.Span[0] == (byte)'-', line[(digits + 2)..]);
        }

        return results;
    }
}
