using System.Globalization;
using Serverless.Documents;

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Weighs a document's units and cuts those that are heavier than a chunk.</summary>
internal sealed class UnitMeasurer(ExtractedDocument document, ChunkingSettings settings, TokenCounter count)
{
    private const int TextsPerCount = 256;
    private const int CharactersPerCount = 262_144;

    private readonly string _text = document.Text;

    public async Task<List<MeasuredUnit>> MeasureAsync(CancellationToken cancellationToken)
    {
        var units = new UnitFinder(document, settings).Find().ToList();
        while (true)
        {
            // What has too many bytes is cut before anybody counts its tokens.
            while (units.Exists(unit => unit.Weight < 0 && Bytes(unit) > settings.MaxTokens && CanBeCut(unit))) units = CutAll(units, unit => unit.Weight < 0 ? Bytes(unit) : 0);
            await CountAsync(units, cancellationToken);
            if (!units.Exists(unit => unit.Weight > settings.MaxTokens && CanBeCut(unit))) return units;
            units = CutAll(units, unit => unit.Weight);
        }
    }

    /// <summary>Counts whole texts in as few calls as the counter's batch allows.</summary>
    public static async Task<int[]> CountAsync(TokenCounter count, string text, IReadOnlyList<TextSpan> spans, CancellationToken cancellationToken)
    {
        var tokens = new int[spans.Count];
        var batch = new List<string>();
        for (var from = 0; from < spans.Count; from += batch.Count)
        {
            batch = [];
            for (var characters = 0; from + batch.Count < spans.Count && batch.Count < TextsPerCount && characters < CharactersPerCount; characters += batch[^1].Length)
                batch.Add(spans[from + batch.Count].Of(text));
            var counted = await count(batch, cancellationToken);
            if (counted.Count != batch.Count) throw new InvalidOperationException($"The token counter answered {counted.Count} counts for {batch.Count} texts.");
            for (var i = 0; i < batch.Count; i++) tokens[from + i] = counted[i];
        }

        return tokens;
    }

    private async Task CountAsync(List<MeasuredUnit> units, CancellationToken cancellationToken)
    {
        var unknown = Enumerable.Range(0, units.Count).Where(i => units[i].Weight < 0).ToList();
        var tokens = await CountAsync(count, _text, unknown.ConvertAll(i => units[i].Span), cancellationToken);
        for (var i = 0; i < unknown.Count; i++) units[unknown[i]] = units[unknown[i]] with { Weight = Math.Max(tokens[i], Bytes(units[unknown[i]])) };
    }

    private int Bytes(MeasuredUnit unit) => ChunkingSettings.Weight(_text.AsSpan(unit.Span.Start, unit.Span.Length));

    // Not within one character, whatever it weighs.
    private bool CanBeCut(MeasuredUnit unit) => unit.Span.Length > (char.IsSurrogatePair(_text, unit.Span.Start) ? 2 : 1);

    private List<MeasuredUnit> CutAll(List<MeasuredUnit> units, Func<MeasuredUnit, int> weight)
    {
        var next = new List<MeasuredUnit>(units.Count + 8);
        foreach (var unit in units)
        {
            if (weight(unit) > settings.MaxTokens && CanBeCut(unit)) next.AddRange(Cut(unit, weight(unit)));
            else next.Add(unit);
        }

        return next;
    }

    // Into about equal parts, where a reader would pause.
    private IEnumerable<MeasuredUnit> Cut(MeasuredUnit unit, int weight)
    {
        var parts = Math.Max(2, (int)Math.Ceiling(weight * 1.1 / settings.MaxTokens));
        var size = Math.Max(1, unit.Span.Length / parts);
        var start = unit.Span.Start;
        while (start < unit.Span.End)
        {
            var end = CutAt(start, Math.Min(start + size, unit.Span.End), unit.Span.End);
            var (from, to) = (start, end);
            while (from < to && char.IsWhiteSpace(_text[from])) from++;
            while (to > from && char.IsWhiteSpace(_text[to - 1])) to--;
            if (to > from) yield return unit with { Span = new TextSpan(from, to), Weight = -1 };
            start = end;
        }
    }

    private int CutAt(int start, int wanted, int end)
    {
        if (wanted >= end) return end;
        var half = start + ((wanted - start) / 2);
        // Lists, verses and addresses have no full stops to go by: their lines are whole.
        if (_text.AsSpan(half + 1, wanted - half).LastIndexOf('\n') is >= 0 and var line) return half + 1 + line;
        for (var i = wanted; i > half; i--)
        {
            if (char.IsWhiteSpace(_text[i])) return i;
        }

        for (var i = wanted; i > half; i--)
        {
            if (char.IsPunctuation(_text[i - 1]) && !Continues(i)) return i;
        }

        var at = wanted;
        while (at > half && Continues(at)) at--;
        if (!Continues(at)) return at;
        // An endless heap of accents is cut as well, but never half a surrogate pair.
        return char.IsLowSurrogate(_text[wanted]) && char.IsHighSurrogate(_text[wanted - 1]) ? wanted - 1 > start ? wanted - 1 : wanted + 1 : wanted;
    }

    // Whether a character and the one before it are one for a reader: surrogate pairs, accents, joined emoji.
    private bool Continues(int at) =>
        at > 0 && at < _text.Length
        && (char.IsLowSurrogate(_text[at]) || _text[at] is '\u200D' || _text[at - 1] is '\u200D'
            || CharUnicodeInfo.GetUnicodeCategory(_text[at]) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);
}
