namespace Serverless.Local.Search.Text;

/// <summary>The inverted index of one searchable field: term -> document -> positions.</summary>
internal sealed class TextField(int ordinal, string name, string analyzer)
{
    // Between the values of a collection, so that no phrase spans two of them.
    private const int ValueGap = 100;

    private readonly Dictionary<string, Dictionary<int, List<int>>> _postings = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _lengths = [];
    private long _totalLength;

    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    public string AnalyzerName { get; } = analyzer;

    /// <summary>How many documents have a term in this field.</summary>
    public int DocumentCount => _lengths.Count;

    public double AverageLength => _lengths.Count == 0 ? 0 : (double)_totalLength / _lengths.Count;

    public IEnumerable<string> Terms => _postings.Keys;

    public void Add(int slot, object? value)
    {
        var length = 0;
        foreach (var (term, position) in TermsOf(value))
        {
            if (!_postings.TryGetValue(term, out var documents))
                _postings[term] = documents = [];
            if (!documents.TryGetValue(slot, out var positions))
                documents[slot] = positions = new List<int>(1);
            positions.Add(position);
            length++;
        }

        if (length == 0)
            return;
        _lengths[slot] = length;
        _totalLength += length;
    }

    public void Remove(int slot, object? value)
    {
        if (!_lengths.Remove(slot, out var length))
            return;
        _totalLength -= length;
        foreach (var (term, _) in TermsOf(value))
            if (_postings.TryGetValue(term, out var documents) && documents.Remove(slot) && documents.Count == 0)
                _postings.Remove(term);
    }

    /// <summary>Positions of a term by document; null when no document has it.</summary>
    public IReadOnlyDictionary<int, List<int>>? Find(string term) => _postings.GetValueOrDefault(term);

    /// <summary>Terms in a document's field.</summary>
    public int Length(int slot) => _lengths.GetValueOrDefault(slot);

    private IEnumerable<(string Term, int Position)> TermsOf(object? value)
    {
        if (value is string text)
            return Analyzer.Analyze(AnalyzerName, text);
        return value is object?[] items ? TermsOfAll(items) : [];
    }

    private IEnumerable<(string Term, int Position)> TermsOfAll(object?[] items)
    {
        var offset = 0;
        foreach (var item in items.OfType<string>())
        {
            var last = 0;
            foreach (var (term, position) in Analyzer.Analyze(AnalyzerName, item))
            {
                last = position;
                yield return (term, offset + position);
            }

            offset += last + ValueGap;
        }
    }
}
