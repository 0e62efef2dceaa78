namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Byte-pair encoding as SentencePiece does it: of all neighbours that form a piece, the pair with the best score is joined
/// first, the leftmost one among equals, until none is left. A heap of candidates makes it O(n log n): a merge makes at most
/// two new candidates, and one whose halves have changed is recognised by its size and dropped.
/// </summary>
internal sealed class BpeSegmenter(SentencePieceModel model, PieceTrie trie, PieceTrie? userDefined) : ISegmenter
{
    private readonly float[] _scores = [.. model.Pieces.Select(piece => piece.Score)];
    private readonly bool[] _unused = [.. model.Pieces.Select(piece => piece.Type == SentencePieceType.Unused)];

    public List<PieceSpan> Segment(ReadOnlySpan<byte> text, out long operations)
    {
        operations = 0;
        var symbols = Characters(text);
        var agenda = new PriorityQueue<Candidate, Priority>(symbols.Length, PriorityOrder.Instance);
        var splits = new Dictionary<int, int>();
        for (var i = 1; i < symbols.Length; i++) Propose(text, symbols, i - 1, i, agenda, splits);
        while (agenda.TryDequeue(out var candidate, out _))
        {
            operations++;
            ref var left = ref symbols[candidate.Left];
            ref var right = ref symbols[candidate.Right];
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != candidate.Length) continue;
            left.Length += right.Length;
            left.Next = right.Next;
            right.Length = 0;
            if (left.Next >= 0) symbols[left.Next].Previous = candidate.Left;
            Propose(text, symbols, left.Previous, candidate.Left, agenda, splits);
            Propose(text, symbols, candidate.Left, left.Next, agenda, splits);
        }

        operations += symbols.Length;
        var pieces = new List<PieceSpan>();
        for (var i = symbols.Length == 0 ? -1 : 0; i >= 0; i = symbols[i].Next) Emit(text, symbols[i].Start, symbols[i].Length, splits, pieces);
        return pieces;
    }

    private Symbol[] Characters(ReadOnlySpan<byte> text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (var start = 0; start < text.Length;)
        {
            var length = userDefined?.LongestPrefix(text[start..]) ?? 0;
            var whole = length > 0;
            if (!whole) length = Math.Min(Utf8.CharacterLength(text[start]), text.Length - start);
            symbols.Add(new Symbol { Start = start, Length = length, Whole = whole, Previous = symbols.Count - 1, Next = symbols.Count + 1 });
            start += length;
        }

        var array = symbols.ToArray();
        if (array.Length > 0) array[^1].Next = -1;
        return array;
    }

    private void Propose(ReadOnlySpan<byte> text, Symbol[] symbols, int left, int right, PriorityQueue<Candidate, Priority> agenda, Dictionary<int, int> splits)
    {
        if (left < 0 || right < 0 || symbols[left].Whole || symbols[right].Whole) return;
        var length = symbols[left].Length + symbols[right].Length;
        var id = trie.Find(text.Slice(symbols[left].Start, length));
        if (id < 0) return;
        agenda.Enqueue(new Candidate(left, right, length), new Priority(_scores[id], left));
        if (_unused[id]) splits[id] = symbols[left].Length;
    }

    /// <summary>Adds a piece, or the halves of one that serves as a step of merging only.</summary>
    private void Emit(ReadOnlySpan<byte> text, int start, int length, Dictionary<int, int> splits, List<PieceSpan> pieces)
    {
        var open = new Stack<(int Start, int Length)>();
        open.Push((start, length));
        while (open.TryPop(out var span))
        {
            var id = trie.Find(text.Slice(span.Start, span.Length));
            if (id >= 0 && _unused[id] && splits.TryGetValue(id, out var half))
            {
                open.Push((span.Start + half, span.Length - half));
                open.Push((span.Start, half));
            }
            else
            {
                pieces.Add(new PieceSpan(span.Start, span.Length, id));
            }
        }
    }

    private struct Symbol
    {
        public int Start;
        public int Length;
        public int Previous;
        public int Next;
        public bool Whole;
    }

    private readonly record struct Candidate(int Left, int Right, int Length);

    private readonly record struct Priority(float Score, int Left);

    private sealed class PriorityOrder : IComparer<Priority>
    {
        public static readonly PriorityOrder Instance = new();

        public int Compare(Priority x, Priority y) => x.Score == y.Score ? x.Left.CompareTo(y.Left) : y.Score.CompareTo(x.Score);
    }
}
