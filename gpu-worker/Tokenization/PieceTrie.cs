using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Pieces by their UTF-8 bytes. Nodes are numbered breadth first, so that the children of a node are one run of labels and
/// the edge at index e leads to node e + 1.
/// </summary>
internal sealed class PieceTrie
{
    public const int Root = 0;
    private readonly byte[] _labels;
    private readonly int[] _firstEdge;
    private readonly int[] _ids;

    public PieceTrie(IEnumerable<(string Text, int Id)> pieces)
    {
        var keys = pieces.Select(piece => (Bytes: Encoding.UTF8.GetBytes(piece.Text), piece.Id)).ToArray();
        Array.Sort(keys, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        MaxLength = keys.Length == 0 ? 0 : keys.Max(key => key.Bytes.Length);
        var labels = new List<byte>();
        var firstEdge = new List<int>();
        var ids = new List<int>();
        var open = new Queue<(int Start, int End, int Depth)>();
        open.Enqueue((0, keys.Length, 0));
        while (open.TryDequeue(out var range))
        {
            var (start, end, depth) = range;
            firstEdge.Add(labels.Count);
            var id = -1;
            if (start < end && keys[start].Bytes.Length == depth)
            {
                id = keys[start++].Id;
                if (start < end && keys[start].Bytes.Length == depth)
                    throw new InvalidDataException($"model: pieces[{keys[start].Id}] repeats pieces[{id}].");
            }

            ids.Add(id);
            while (start < end)
            {
                var label = keys[start].Bytes[depth];
                var next = start;
                while (next < end && keys[next].Bytes[depth] == label) next++;
                labels.Add(label);
                open.Enqueue((start, next, depth + 1));
                start = next;
            }
        }

        firstEdge.Add(labels.Count);
        _labels = [.. labels];
        _firstEdge = [.. firstEdge];
        _ids = [.. ids];
    }

    /// <summary>Bytes of the longest piece.</summary>
    public int MaxLength { get; }

    /// <summary>The node reached from <paramref name="node"/> by one byte, or -1.</summary>
    public int Child(int node, byte label)
    {
        var first = _firstEdge[node];
        var at = _labels.AsSpan(first, _firstEdge[node + 1] - first).IndexOf(label);
        return at < 0 ? -1 : first + at + 1;
    }

    /// <summary>Id of the piece that ends at <paramref name="node"/>, or -1.</summary>
    public int Id(int node) => _ids[node];

    /// <summary>Id of the piece that is exactly <paramref name="text"/>, or -1.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxLength) return -1;
        var node = Root;
        foreach (var label in text)
        {
            node = Child(node, label);
            if (node < 0) return -1;
        }

        return _ids[node];
    }

    /// <summary>Bytes of the longest piece that <paramref name="text"/> begins with; 0 when there is none.</summary>
    public int LongestPrefix(ReadOnlySpan<byte> text)
    {
        var longest = 0;
        var node = Root;
        for (var i = 0; i < text.Length; i++)
        {
            node = Child(node, text[i]);
            if (node < 0) break;
            if (_ids[node] >= 0) longest = i + 1;
        }

        return longest;
    }
}
