namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Parts a document into sentences, counts their tokens and cuts those that are longer than a chunk.</summary>
internal sealed class UnitMeasurer(string text, int maxTokens, TokenCounter count)
{
    private const int TextsPerCount = 256;

    public async Task<List<MeasuredUnit>> MeasureAsync(IReadOnlyList<Readers.Section> sections, CancellationToken cancellationToken)
    {
        var units = Sentences(sections).ToList();
        await CountAsync(units, cancellationToken);
        while (units.Exists(NeedsCut))
        {
            var next = new List<MeasuredUnit>(units.Count + 8);
            foreach (var unit in units)
            {
                if (NeedsCut(unit)) next.AddRange(Cut(unit));
                else next.Add(unit);
            }

            units = next;
            await CountAsync(units, cancellationToken);
        }

        return units;
    }

    /// <summary>Counts whole texts in as few calls as the counter's batch allows.</summary>
    public static async Task<int[]> CountAsync(TokenCounter count, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var tokens = new int[texts.Count];
        for (var from = 0; from < texts.Count; from += TextsPerCount)
        {
            var batch = texts.Skip(from).Take(TextsPerCount).ToList();
            var counted = await count(batch, cancellationToken);
            if (counted.Count != batch.Count) throw new InvalidOperationException($"The token counter answered {counted.Count} counts for {batch.Count} texts.");
            for (var i = 0; i < batch.Count; i++) tokens[from + i] = counted[i];
        }

        return tokens;
    }

    private IEnumerable<MeasuredUnit> Sentences(IReadOnlyList<Readers.Section> sections)
    {
        var paragraphs = 0;
        for (var i = 0; i < sections.Count; i++)
        {
            foreach (var paragraph in SentenceSplitter.Paragraphs(text, new TextSpan(sections[i].Start, sections[i].End)))
            {
                foreach (var sentence in SentenceSplitter.Sentences(text, paragraph)) yield return new MeasuredUnit(sentence, -1, i, paragraphs);
                paragraphs++;
            }
        }
    }

    private async Task CountAsync(List<MeasuredUnit> units, CancellationToken cancellationToken)
    {
        var unknown = Enumerable.Range(0, units.Count).Where(i => units[i].Tokens < 0).ToList();
        var tokens = await CountAsync(count, unknown.ConvertAll(i => units[i].Span.Of(text)), cancellationToken);
        for (var i = 0; i < unknown.Count; i++) units[unknown[i]] = units[unknown[i]] with { Tokens = tokens[i] };
    }

    private bool NeedsCut(MeasuredUnit unit) => unit.Tokens > maxTokens && unit.Span.Length > RuneLength(unit.Span.Start);

    // Into about equal parts, at white space where there is some near.
    private IEnumerable<MeasuredUnit> Cut(MeasuredUnit unit)
    {
        var parts = Math.Max(2, (int)Math.Ceiling(unit.Tokens * 1.1 / maxTokens));
        var size = Math.Max(1, unit.Span.Length / parts);
        var start = unit.Span.Start;
        while (start < unit.Span.End)
        {
            var end = CutAt(start, Math.Min(start + size, unit.Span.End), unit.Span.End);
            var (from, to) = (start, end);
            while (from < to && char.IsWhiteSpace(text[from])) from++;
            while (to > from && char.IsWhiteSpace(text[to - 1])) to--;
            if (to > from) yield return unit with { Span = new TextSpan(from, to), Tokens = -1 };
            start = end;
        }
    }

    private int CutAt(int start, int wanted, int end)
    {
        if (wanted >= end) return end;
        for (var i = wanted; i > start + ((wanted - start) / 2); i--)
        {
            if (char.IsWhiteSpace(text[i])) return i;
        }

        return char.IsLowSurrogate(text[wanted]) && char.IsHighSurrogate(text[wanted - 1])
            ? wanted - 1 > start ? wanted - 1 : wanted + 1
            : wanted;
    }

    private int RuneLength(int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
