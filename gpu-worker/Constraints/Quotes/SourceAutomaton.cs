using System.Text;

namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>
/// All that occurs in some texts, byte by byte, as a suffix automaton (Blumer et al., "The smallest automaton recognizing the subwords of a text", 1985): a
/// node stands for what ends at the same places. Texts are divided at quotation marks, which a quote could not hold. At most twice as many nodes as bytes.
/// Immutable.
/// </summary>
internal sealed class SourceAutomaton
{
    public const int Root = 0;

    /// <summary>What leads here occurs nowhere.</summary>
    public const int None = -1;

    private readonly int[] _firstEdges;
    private readonly byte[] _labels;
    private readonly int[] _targets;
    private readonly int[] _reach;

    private SourceAutomaton(int[] firstEdges, byte[] labels, int[] targets, int[] byLength)
    {
        (_firstEdges, _labels, _targets) = (firstEdges, labels, targets);
        _reach = new int[firstEdges.Length - 1];
        // Edges lead to what is longer: from the longest on, what follows is known.
        foreach (int node in byLength.Reverse())
            for (int edge = firstEdges[node]; edge < firstEdges[node + 1]; edge++)
                if (node != Root || CanBegin(labels[edge]))
                    _reach[node] = Math.Max(_reach[node], _reach[targets[edge]] + (IsLead(labels[edge]) ? 1 : 0));
    }

    /// <summary>About what it takes.</summary>
    public long Bytes => (8L * _firstEdges.Length) + (5L * _labels.Length);

    /// <summary>The most characters that may still follow.</summary>
    public int Reach(int node) => _reach[node];

    /// <summary>Whether what leads here ends between characters.</summary>
    public bool IsWhole(int node) => node == Root || _firstEdges[node] == _firstEdges[node + 1] || IsLead(_labels[_firstEdges[node]]);

    /// <summary>Where one more byte leads. From the root on only what a quote may begin with: no blank, and no inside of a character.</summary>
    public int Next(int node, byte value)
    {
        if (node == Root && !CanBegin(value))
            return None;

        int first = _firstEdges[node];
        int at = _labels.AsSpan(first, _firstEdges[node + 1] - first).IndexOf(value);
        return at < 0 ? None : _targets[first + at];
    }

    /// <param name="texts">Valid Unicode.</param>
    /// <exception cref="ArgumentException">One holds half of a surrogate pair.</exception>
    public static SourceAutomaton Of(IEnumerable<string> texts)
    {
        var building = new SourceAutomatonBuilder();
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (string text in texts)
            foreach (string piece in text.Split([.. MarkBytes.All]))
                building.Add(strict.GetBytes(piece));

        var (first, labels, targets, byLength) = building.Build();
        return new SourceAutomaton(first, labels, targets, byLength);
    }

    internal static bool IsLead(byte value) => (value & 0xC0) != 0x80;

    private static bool CanBegin(byte value) => IsLead(value) && value is not ((byte)' ' or (>= 9 and <= 13));
}
