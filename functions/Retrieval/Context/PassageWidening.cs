using Azure;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Context;

/// <summary>
/// Gives passages with what stands around them (<see cref="PassageWindow"/>), cut out of their document's text, so that offsets stay exact. A passage stays as it is where the text is not there, is not the one that it was cut
/// from (the document is being written anew), or is larger than <see cref="MaxTextBytes"/>.
/// </summary>
public sealed class PassageWidening(ChunkSearch search, IngestionContainers containers)
{
    public const int MaxTextBytes = 8 << 20;

    // Chunks that are looked at on either side of a passage.
    private const int Reach = 50;

    /// <param name="passages">Best first; the first <see cref="RagSettings.TopK"/> are widened.</param>
    /// <returns>Each widened passage, and after it the one that it was, for where it does not fit; then the others.</returns>
    public async Task<IReadOnlyList<FoundChunk>> WidenAsync(IReadOnlyList<FoundChunk> passages, RagSettings settings, string index, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(passages);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings is { Neighbours: 0, Parents: false }) return passages;
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal);
        var widened = new List<FoundChunk>();
        foreach (var passage in passages.Take(settings.TopK))
        {
            var document = new DocumentName(settings.Collection, passage.Document);
            if (!texts.TryGetValue(passage.Document, out var text)) texts[passage.Document] = text = await TextAsync(document, cancellationToken);
            if (text is not null && await WidenAsync(passage, document, text, settings, index, caller, cancellationToken) is { } wide) widened.Add(wide);
            widened.Add(passage);
        }

        return [.. widened, .. passages.Skip(settings.TopK)];
    }

    private async Task<FoundChunk?> WidenAsync(
        FoundChunk passage, DocumentName document, string text, RagSettings settings, string index, Caller caller, CancellationToken cancellationToken)
    {
        if (!Stands(text, passage.Start, passage.End, passage.Text)) return null;
        var from = Math.Max(0, passage.Ordinal - Reach);
        var places = await search.PlacesAsync(index, document, caller, from, (2 * Reach) + 1, cancellationToken);
        if (PassageWindow.Of(places, passage.Id, settings.Neighbours, settings.Parents) is not var (start, end) || end > text.Length) return null;
        (start, end) = (Math.Min(start, passage.Start), Math.Max(end, passage.End));
        return end - start == passage.End - passage.Start ? null : passage with { Start = start, End = end, Text = text[start..end], IsWidened = true };
    }

    private static bool Stands(string text, int start, int end, string passage) => start >= 0 && start <= end && end <= text.Length && text.AsSpan(start..end).SequenceEqual(passage);

    private async Task<string?> TextAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            var blob = (await containers.Extracted.GetBlobClient(document.BlobName).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
            await using var content = blob.Content;
            if (blob.Details.ContentLength > MaxTextBytes) return null;
            using var reader = new StreamReader(content, new System.Text.UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }
}
