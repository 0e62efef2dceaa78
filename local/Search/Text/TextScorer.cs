namespace Serverless.Local.Search.Text;

/// <summary>Matches and scores a query: BM25 for each term and field, summed.</summary>
/// <param name="fields">The fields to search in.</param>
/// <param name="documents">Every document's slot; what a negation is taken from.</param>
/// <param name="all">searchMode all: a word that analyzes to several terms needs all of them.</param>
internal sealed class TextScorer(IReadOnlyList<TextField> fields, IReadOnlyCollection<int> documents, bool all)
{
    /// <summary>Scores by document; null when the query has no terms (only stop words, say), which constrains nothing.</summary>
    public Dictionary<int, double>? Score(TextQuery query) => query switch
    {
        TextQuery.Word word => OverFields(field => WordScores(field, word.Text)),
        TextQuery.Phrase phrase => OverFields(field => PhraseScores(field, phrase.Text)),
        TextQuery.Prefix prefix => OverFields(field => PrefixScores(field, prefix.Text)),
        TextQuery.Not not => Complement(Score(not.Operand)),
        TextQuery.And and => Combine(and.Terms.Select(Score), intersect: true),
        TextQuery.Or or => Combine(or.Terms.Select(Score), intersect: false),
        _ => throw new InvalidOperationException($"Unknown text query {query.GetType().Name}."),
    };

    private Dictionary<int, double>? OverFields(Func<TextField, Dictionary<int, double>?> score) => Combine(fields.Select(score), intersect: false);

    private Dictionary<int, double>? WordScores(TextField field, string text) =>
        Combine(Analyzer.Analyze(field.AnalyzerName, text).Select(term => TermScores(field, term.Term)), intersect: all);

    private static Dictionary<int, double>? TermScores(TextField field, string term)
    {
        var scores = new Dictionary<int, double>();
        if (field.Find(term) is not { } postings)
            return scores;
        foreach (var (slot, positions) in postings)
            scores[slot] = Bm25.Score(positions.Count, field.Length(slot), field.AverageLength, field.DocumentCount, postings.Count);
        return scores;
    }

    private static Dictionary<int, double>? PhraseScores(TextField field, string text)
    {
        var terms = Analyzer.Analyze(field.AnalyzerName, text).ToArray();
        if (terms.Length == 0)
            return null;
        var scores = new Dictionary<int, double>();
        var postings = terms.Select(term => field.Find(term.Term)).ToArray();
        if (Array.Exists(postings, found => found is null))
            return scores;
        var frequencies = new Dictionary<int, int>();
        foreach (var (slot, starts) in postings[0]!)
        {
            var count = starts.Count(start => Enumerable.Range(1, terms.Length - 1).All(i =>
                postings[i]!.TryGetValue(slot, out var positions) && positions.BinarySearch(start + terms[i].Position - terms[0].Position) >= 0));
            if (count > 0)
                frequencies[slot] = count;
        }

        // As Lucene: a phrase's weight is its terms' idf together, its frequency that of the whole.
        foreach (var (slot, frequency) in frequencies)
            scores[slot] = postings.Sum(found => Bm25.Score(frequency, field.Length(slot), field.AverageLength, field.DocumentCount, found!.Count));
        return scores;
    }

    private static Dictionary<int, double> PrefixScores(TextField field, string prefix)
    {
        var lower = prefix.ToLowerInvariant();
        return field.Terms.Where(term => term.StartsWith(lower, StringComparison.Ordinal))
            .SelectMany(term => field.Find(term)!.Keys)
            .Distinct()
            .ToDictionary(slot => slot, _ => 1.0);
    }

    private Dictionary<int, double>? Complement(Dictionary<int, double>? scores) =>
        scores is null ? null : documents.Where(slot => !scores.ContainsKey(slot)).ToDictionary(slot => slot, _ => 1.0);

    private static Dictionary<int, double>? Combine(IEnumerable<Dictionary<int, double>?> parts, bool intersect)
    {
        Dictionary<int, double>? combined = null;
        foreach (var part in parts)
        {
            if (part is null)
                continue;
            if (combined is null)
            {
                combined = new Dictionary<int, double>(part);
            }
            else if (intersect)
            {
                foreach (var slot in combined.Keys.ToArray())
                {
                    if (part.TryGetValue(slot, out var score))
                        combined[slot] += score;
                    else
                        combined.Remove(slot);
                }
            }
            else
            {
                foreach (var (slot, score) in part)
                    combined[slot] = combined.GetValueOrDefault(slot) + score;
            }
        }

        return combined;
    }
}
