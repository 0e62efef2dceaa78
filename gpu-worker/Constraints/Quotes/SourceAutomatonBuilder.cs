namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>Makes a suffix automaton in time in proportion to the text, on line. Texts are parted by a symbol of their own, which is left out in the end.</summary>
internal sealed class SourceAutomatonBuilder
{
    private const ushort Border = 256;

    private readonly List<int> _lengths = [0];
    private readonly List<int> _links = [-1];
    private readonly List<int> _heads = [-1];
    private readonly List<(ushort Label, int Target, int Next)> _edges = [];
    private int _last;

    public void Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;

        foreach (byte value in text)
            Append(value);

        Append(Border);
    }

    /// <summary>For each node where its edges begin, and one more; their labels, rising within a node; where they lead; the nodes by rising length.</summary>
    public (int[] FirstEdges, byte[] Labels, int[] Targets, int[] ByLength) Build()
    {
        int[] first = new int[_lengths.Count + 1];
        var labels = new List<byte>(_edges.Count);
        var targets = new List<int>(_edges.Count);
        var own = new List<(byte Label, int Target)>();
        for (int node = 0; node < _lengths.Count; node++)
        {
            own.Clear();
            for (int edge = _heads[node]; edge >= 0; edge = _edges[edge].Next)
                if (_edges[edge].Label != Border)
                    own.Add(((byte)_edges[edge].Label, _edges[edge].Target));

            own.Sort();
            foreach (var (label, target) in own)
            {
                labels.Add(label);
                targets.Add(target);
            }
            first[node + 1] = labels.Count;
        }
        return (first, [.. labels], [.. targets], [.. Enumerable.Range(0, _lengths.Count).OrderBy(node => _lengths[node])]);
    }

    private void Append(ushort label)
    {
        int node = NewNode(_lengths[_last] + 1), from = _last;
        for (; from >= 0 && Find(from, label) < 0; from = _links[from])
            AddEdge(from, label, node);

        if (from < 0)
            _links[node] = 0;
        else
            _links[node] = Parted(from, label);

        _last = node;
    }

    /// <summary>The node of what is longest and ends in <paramref name="label"/> after <paramref name="from"/>, made where it is part of another's.</summary>
    private int Parted(int from, ushort label)
    {
        int target = _edges[Find(from, label)].Target;
        if (_lengths[target] == _lengths[from] + 1)
            return target;

        int copy = NewNode(_lengths[from] + 1);
        _links[copy] = _links[target];
        for (int edge = _heads[target]; edge >= 0; edge = _edges[edge].Next)
            AddEdge(copy, _edges[edge].Label, _edges[edge].Target);

        for (; from >= 0 && Find(from, label) is >= 0 and var edge && _edges[edge].Target == target; from = _links[from])
            _edges[edge] = _edges[edge] with { Target = copy };

        _links[target] = copy;
        return copy;
    }

    private int NewNode(int length)
    {
        _lengths.Add(length);
        _links.Add(-1);
        _heads.Add(-1);
        return _lengths.Count - 1;
    }

    private void AddEdge(int node, ushort label, int target)
    {
        _edges.Add((label, target, _heads[node]));
        _heads[node] = _edges.Count - 1;
    }

    private int Find(int node, ushort label)
    {
        int edge = _heads[node];
        while (edge >= 0 && _edges[edge].Label != label)
            edge = _edges[edge].Next;

        return edge;
    }
}
