using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Documents;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// A small document's whole way in one activity, from its bytes to the index, with nothing laid down in between. It may be cut off anywhere and run again:
/// what may come into the index is in the manifest before, and the status says last that it is there.
/// </summary>
public sealed class WholeDocumentStep(
    StatusStore statuses, ExtractStep extract, ChunkStep chunk, ChunkEmbedder embedder, IndexStep index, ManifestStore manifests, DocumentBlobs blobs, ChunkWriter writer,
    IOptions<IngestionOptions> options, ILogger<WholeDocumentStep> logger)
{
    /// <param name="indexed">The pass that the index held until now; null where it held none, or parts of one.</param>
    /// <param name="beginning">What is still to be said of the pass's beginning; null where it has been.</param>
    /// <returns>Null when the document turns out to be large: it must go step by step.</returns>
    public async Task<PassStart?> RunAsync(
        PassRef pass, DocumentHead head, string? indexed, PassBeginning? beginning, CancellationToken cancellationToken)
    {
        try
        {
            var extracted = await extract.ReadAsync(new DocumentFile(pass.Document.Path, head.ContentType, head.Content!.Value), cancellationToken);
            var records = await chunk.CutAsync(pass, extracted, cancellationToken);
            if (records.Count > options.Value.WholeDocumentChunks) return null;
            return await IndexAsync(pass, extracted, records, indexed, beginning, cancellationToken);
        }
        catch (Exception final) when (beginning is not null && final is not (PassLostException or OperationCanceledException) && !StepGuard.MayPass(final))
        {
            // Which state of the blob it was that cannot be ingested: until that changes, nobody tries again.
            await statuses.ChangeAsync(pass.Document, beginning.Begin, cancellationToken);
            throw;
        }
        catch (PassLostException)
        {
            return new PassStart(PassKind.Again);
        }
    }

    private async Task<PassStart> IndexAsync(
        PassRef pass, ExtractedDocument extracted, IReadOnlyList<ChunkRecord> records, string? indexed, PassBeginning? beginning, CancellationToken cancellationToken)
    {
        var name = pass.Settings.Index;
        var (before, etag) = await manifests.ReadAsync(pass.Document, pass.Settings.Generation, cancellationToken);
        var held = pass.Force ? [] : before.Held(name, pass.Settings.Model, indexed);
        var added = records.Where(record => !held.Contains(record.Id)).ToList();
        var kept = records.Where(record => held.Contains(record.Id)).ToList();
        IngestionLog.Chunked(logger, pass.Document.Key, records.Count, added.Count);

        // Vectors first: between the manifest and the index nothing is waited for.
        var embedded = await EmbedAsync(pass, added, cancellationToken);
        var ids = records.Select(record => record.Id).ToHashSet(StringComparer.Ordinal);
        var stale = before.All.Where(item => item.Index != name || !ids.Contains(item.Id)).ToList();
        if (added.Count > 0 || stale.Count > 0)
        {
            var isAlone = held.Count == 0 && stale.Count == 0;
            var possible = stale.Where(item => item.Index != name || !held.Contains(item.Id)).Concat(added.Select(record => new IndexedId(name, record.Id)));
            etag = await manifests.WriteAsync(
                pass.Document, pass.Settings.Generation, new DocumentManifest(name, [.. held], [.. possible], pass.Settings.Model, isAlone ? pass.Pass : null), etag, cancellationToken);
        }

        await writer.UploadAsync(name, [.. added.Select((record, i) => IndexStep.ToIndexed(pass, record, embedded.Vectors[i]))], cancellationToken);
        if (!await index.MergeAsync(pass, name, kept, cancellationToken)) return new PassStart(PassKind.Again);
        // The text is that of the generation which serves: questions quote from it.
        if (!pass.Settings.IsBuild) await blobs.PublishTextAsync(pass.Document, extracted.Text, cancellationToken);
        await PublishStep.DropAsync(writer, stale, cancellationToken);
        if (held.Count > 0 || stale.Count > 0)
            await manifests.WriteAsync(pass.Document, pass.Settings.Generation, new DocumentManifest(name, [.. records.Select(record => record.Id)], [], pass.Settings.Model), etag, cancellationToken);
        return await EndAsync(pass, records, beginning, embedded, cancellationToken);
    }

    private async Task<EmbeddedChunks> EmbedAsync(PassRef pass, List<ChunkRecord> added, CancellationToken cancellationToken)
    {
        if (added.Count == 0) return new EmbeddedChunks([]);
        try
        {
            var shelves = pass.Settings.Model is { } model ? RetiredVectors.Shelve(model, [.. added.Select(record => VectorKey.Of(model, record.Id))]).Keys : [];
            return await embedder.EmbedAsync(pass, added, [.. shelves], cancellationToken);
        }
        catch (Exception failure) when (StepGuard.MayPass(failure))
        {
            throw StepGuard.Failed(DocumentActivities.Embed, failure);
        }
    }

    private async Task<PassStart> EndAsync(PassRef pass, IReadOnlyList<ChunkRecord> records, PassBeginning? beginning, EmbeddedChunks embedded, CancellationToken cancellationToken)
    {
        var tokens = records.Sum(record => (long)record.Chunk.Tokens);
        var (_, after) = await statuses.ChangeAsync(
            pass.Document,
            status => status?.Spend(embedded.Tokens, embedded.Cost) switch
            {
                null => null,
                { } spent when pass.Settings.IsBuild => BuildStep.End(spent with { BuiltTokens = tokens }, pass),
                // What was signalled meanwhile is looked at by another pass, which relies on nothing that this one has not said.
                { Signalled: true } spent when beginning is not null => spent with { State = DocumentState.Queued, Percent = 0, Indexed = null, Held = true },
                // Another activity has been at it since: this one was given up.
                { } when beginning is not null && status.UpdatedAt != beginning.TakenAt => status,
                { } spent => End(beginning?.Begin(spent) ?? spent, pass, records.Count, tokens),
            },
            cancellationToken);
        IngestionLog.Ended(logger, pass.Document.Key, after?.State.ToString() ?? "gone");
        return new PassStart(after is { State: DocumentState.Ready } ? PassKind.Nothing : PassKind.Again);
    }

    private static DocumentStatus End(DocumentStatus status, PassRef pass, int chunks, long tokens) => status switch
    {
        _ when status.Pass != pass.Pass => status,
        { Signalled: true } => status with { State = DocumentState.Queued, Percent = 0, Chunks = chunks, Tokens = tokens, Indexed = pass.Pass, Held = true },
        _ => status with { State = DocumentState.Ready, Held = true, Percent = 100, Chunks = chunks, Tokens = tokens, Indexed = pass.Pass, Error = null, Force = false },
    };
}
