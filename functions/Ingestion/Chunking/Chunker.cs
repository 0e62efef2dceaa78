using Serverless.Documents;

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>
/// Cuts extracted text into chunks for retrieval: within one section each, at the ends of paragraphs, sentences, rows or lines of code, of at most
/// <see cref="ChunkingSettings.MaxTokens"/> tokens of the embedding model and <see cref="ChunkingSettings.MaxBytes"/> bytes. Pure but for the
/// counting; the same input gives the same chunks; time grows with the text's length.
/// </summary>
public static class Chunker
{
    private const int MaxTableHead = 300;

    public static async Task<IReadOnlyList<TextChunk>> ChunkAsync(
        ExtractedDocument document, ChunkingSettings settings, TokenCounter count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxTokens, 1);
        var units = await new UnitMeasurer(document, settings, count).MeasureAsync(cancellationToken);
        var packed = ChunkPacker.Pack(units, settings);
        var fitted = await FitAsync(document.Text, packed, settings, count, cancellationToken);
        var heads = new TableHeads(document);
        // A paragraph of zero-width spaces, by which pages are laid out, says nothing, and there are models that refuse it.
        return [.. fitted.Where(chunk => ExtractedDocument.HasSigns(Span(chunk.Units).Of(document.Text))).Select((chunk, ordinal) => Create(document, heads, chunk.Units, ordinal, chunk.Tokens))];
    }

    // Joined sentences seldom count for more than their sum; where they do, what is repeated goes, and then the chunk is halved.
    private static async Task<List<(List<MeasuredUnit> Units, int Tokens)>> FitAsync(
        string text, List<List<MeasuredUnit>> packed, ChunkingSettings settings, TokenCounter count, CancellationToken cancellationToken)
    {
        var counted = await UnitMeasurer.CountAsync(count, text, packed.ConvertAll(Span), cancellationToken);
        var waiting = new Stack<(List<MeasuredUnit> Units, int Tokens)>(packed.Zip(counted).Reverse());
        var fitted = new List<(List<MeasuredUnit> Units, int Tokens)>(packed.Count);
        while (waiting.TryPop(out var chunk))
        {
            var (units, tokens) = chunk;
            if (units.Count == 1 || (tokens <= settings.MaxTokens && ChunkingSettings.Weight(text.AsSpan(Span(units).Start, Span(units).Length)) <= settings.MaxTokens))
            {
                fitted.Add(chunk);
                continue;
            }

            var repeats = fitted.Count > 0 && units[0].Span.Start < fitted[^1].Units[^1].Span.End;
            List<List<MeasuredUnit>> parts = repeats ? [units[1..]] : [units[..(units.Count / 2)], units[(units.Count / 2)..]];
            if (waiting.TryPeek(out var next) && next.Units[0].Span.Start < parts[^1][0].Span.Start)
            {
                // The next chunk repeats what this one no longer begins with: chunks stay in order.
                waiting.Pop();
                parts.Add(next.Units.FindAll(unit => unit.Span.Start >= parts[^1][0].Span.Start));
            }

            var again = await UnitMeasurer.CountAsync(count, text, parts.ConvertAll(Span), cancellationToken);
            for (var i = parts.Count - 1; i >= 0; i--) waiting.Push((parts[i], again[i]));
        }

        return fitted;
    }

    private static TextChunk Create(ExtractedDocument document, TableHeads heads, List<MeasuredUnit> units, int ordinal, int tokens)
    {
        var span = Span(units);
        var section = document.Sections[units[0].Section];
        return new TextChunk(span.Of(document.Text), section.Heading, span.Start, span.End, section.Page, ordinal, tokens, heads.Above(span.Start));
    }

    private static TextSpan Span(List<MeasuredUnit> units) => new(units[0].Span.Start, units[^1].Span.End);

    // Chunks come in order, and so do tables.
    private sealed class TableHeads(ExtractedDocument document)
    {
        private readonly List<TextBlock> _tables = [.. (document.Blocks ?? []).Where(block => block.Kind == TextBlockKind.Table)];
        private int _next;

        public string? Above(int start)
        {
            while (_next < _tables.Count && _tables[_next].End <= start) _next++;
            if (_next == _tables.Count || _tables[_next].Start >= start) return null;
            var table = document.Text.AsSpan(_tables[_next].Start, _tables[_next].End - _tables[_next].Start);
            var end = table.IndexOf('\n');
            return end is > 0 and <= MaxTableHead ? table[..end].ToString() : null;
        }
    }
}
