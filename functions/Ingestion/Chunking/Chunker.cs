using Serverless.Functions.Ingestion.Readers;

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>
/// Cuts extracted text into chunks for retrieval: within one section each, at the ends of paragraphs or sentences, of at most
/// <see cref="ChunkingSettings.MaxTokens"/> tokens of the embedding model. Pure but for the counting; the same input gives the same chunks.
/// </summary>
public static class Chunker
{
    public static async Task<IReadOnlyList<TextChunk>> ChunkAsync(
        ExtractedDocument document, ChunkingSettings settings, TokenCounter count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxTokens, 1);
        var units = await new UnitMeasurer(document.Text, settings.MaxTokens, count).MeasureAsync(document.Sections, cancellationToken);
        var packed = ChunkPacker.Pack(units, settings);
        var tokens = await UnitMeasurer.CountAsync(count, packed.ConvertAll(chunk => Span(chunk).Of(document.Text)), cancellationToken);

        // Joined sentences seldom count for more than their sum; where they do, what is repeated goes, and then the chunk is halved.
        while (FindTooLong(packed, tokens, settings.MaxTokens) is { } at)
        {
            var chunk = packed[at];
            var repeats = at > 0 && chunk[0].Span.Start < packed[at - 1][^1].Span.End;
            List<List<MeasuredUnit>> parts = repeats ? [chunk[1..]] : [chunk[..(chunk.Count / 2)], chunk[(chunk.Count / 2)..]];
            var next = at + 1;
            if (next < packed.Count && packed[next][0].Span.Start < parts[^1][0].Span.Start)
            {
                // The next chunk repeats what this one no longer begins with: chunks stay in order.
                parts.Add(packed[next].FindAll(unit => unit.Span.Start >= parts[^1][0].Span.Start));
                next++;
            }

            packed.RemoveRange(at, next - at);
            packed.InsertRange(at, parts);
            var counted = await UnitMeasurer.CountAsync(count, parts.ConvertAll(part => Span(part).Of(document.Text)), cancellationToken);
            tokens = [.. tokens[..at], .. counted, .. tokens[next..]];
        }

        return [.. packed.Select((chunk, ordinal) => Create(document, chunk, ordinal, tokens[ordinal]))];
    }

    private static int? FindTooLong(List<List<MeasuredUnit>> chunks, int[] tokens, int maxTokens)
    {
        for (var i = 0; i < chunks.Count; i++)
        {
            if (tokens[i] > maxTokens && chunks[i].Count > 1) return i;
        }

        return null;
    }

    private static TextChunk Create(ExtractedDocument document, List<MeasuredUnit> units, int ordinal, int tokens)
    {
        var span = Span(units);
        var section = document.Sections[units[0].Section];
        return new TextChunk(span.Of(document.Text), section.Heading, span.Start, span.End, section.Page, ordinal, tokens);
    }

    private static TextSpan Span(List<MeasuredUnit> units) => new(units[0].Span.Start, units[^1].Span.End);
}
