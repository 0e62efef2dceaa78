namespace Serverless.GpuWorker.Constraints;

/// <summary>Byte strings, each with a number, as a tree.</summary>
internal sealed class ByteTrie
{
    public const int Root = 0;
    public const int None = -1;

    private readonly List<Dictionary<byte, int>> _children = [[]];
    private readonly List<int> _values = [None];
    private readonly List<List<int>> _below = [[]];

    /// <summary>About what it takes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Values are added in rising order; of two equal strings the first keeps its value.</summary>
    public void Add(ReadOnlySpan<byte> text, int value)
    {
        int node = Root;
        _below[node].Add(value);
        foreach (byte label in text)
        {
            if (!_children[node].TryGetValue(label, out int child))
            {
                child = _children.Count;
                _children[node][label] = child;
                _children.Add([]);
                _values.Add(None);
                _below.Add([]);
                // A dictionary, a list and their entries.
                Bytes += 400;
            }
            node = child;
            _below[node].Add(value);
        }
        if (_values[node] == None)
            _values[node] = value;
    }

    /// <summary>The node that <paramref name="label"/> leads to, or <see cref="None"/>.</summary>
    public int Child(int node, byte label) => _children[node].TryGetValue(label, out int child) ? child : None;

    public byte[] LabelsBelow(int node) => [.. _children[node].Keys];

    public bool HasChildren(int node) => _children[node].Count > 0;

    /// <summary>The value of the string that ends here, or <see cref="None"/>.</summary>
    public int Value(int node) => _values[node];

    /// <summary>The values of all strings that go through here, rising.</summary>
    public List<int> Below(int node) => _below[node];
}
