using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>
/// One step of an export: at most <see cref="MaxChunks"/> chunks as one part, document after document in the order of their names. Which chunks a document has, its manifest says, and not a search.
/// </summary>
public sealed class ExportStep(
    TransferStore runs, ExportBlobs blobs, StatusStore statuses, ManifestStore manifests, GenerationStore generations, CollectionStore collections, ChunkReader chunks, ChunkIndexes indexes, TimeProvider time)
{
    /// <summary>Chunks of a part: some 8 MB where vectors have 384 numbers.</summary>
    public const int MaxChunks = 1000;

    private const int Page = 250;

    public async Task<TransferWork> RunAsync(TransferWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var run = await runs.RequireAsync<ExportRun>(work, cancellationToken);
        var place = work.Export ?? new ExportPlace(new ExportCounts());
        await RequireGenerationAsync(run, cancellationToken);
        if (work.Step == 0) await blobs.CreateAsync(run.Container, cancellationToken);

        var part = new List<ExportedChunk>();
        var failures = new List<TransferFailure>();
        var documents = 0;
        var (listed, next) = await statuses.ListAsync(run.Collection, Page, place.Token, cancellationToken);
        foreach (var (path, status) in listed.Where(item => string.CompareOrdinal(item.Path, place.After) > 0))
        {
            if (part.Count >= MaxChunks) break;
            var failure = WhyNot(path, status, place);
            if (failure is null)
            {
                (place, failure) = await TakeAsync(run, path, status, place, part, cancellationToken);
                if (place.Skip > 0) break;
            }

            place = place.Past(path);
            if (failure is null) documents++;
            else failures.Add(failure);
        }

        var isPageDone = place.Skip == 0 && listed.All(item => string.CompareOrdinal(item.Path, place.After) <= 0);
        var bytes = await blobs.WritePartAsync(run.Container, run.Folder, work.Step, part, cancellationToken);
        var before = place.Counts;
        var counts = new ExportCounts(
            before.Documents + documents, before.Chunks + part.Count, before.Tokens + part.Sum(chunk => (long)chunk.Tokens), before.Bytes + bytes, before.Parts + (part.Count > 0 ? 1 : 0),
            before.Failed + failures.Count);
        place = place with { Counts = counts, Token = isPageDone ? next : place.Token };
        await runs.WriteFailuresAsync(work, failures, cancellationToken);
        var ended = isPageDone && next is null;
        if (ended) await EndAsync(run, counts, work.Step + 1, cancellationToken);
        await runs.WriteAsync(
            run with { Counts = counts, Failures = counts.Failed, State = ended ? TransferState.Completed : TransferState.Running, EndedAt = ended ? time.GetUtcNow() : null }, cancellationToken);
        return work with { IsDone = ended, Export = place };
    }

    private static TransferFailure? WhyNot(string path, DocumentStatus status, ExportPlace place)
    {
        if (status.State != DocumentState.Ready || status.Signalled) return new TransferFailure(path, "not_ready", $"The document is {(status.Signalled ? "queued" : status.State.ToString().ToLowerInvariant())}.");
        return place.Skip > 0 && status.Indexed != place.Pass
            ? new TransferFailure(path, "document_changed", "The document was changed while its chunks were written; some of those before the change are in the export.")
            : null;
    }

    private async Task<(ExportPlace Place, TransferFailure? Failure)> TakeAsync(
        ExportRun run, string path, DocumentStatus status, ExportPlace place, List<ExportedChunk> part, CancellationToken cancellationToken)
    {
        var document = new DocumentName(run.Collection, path);
        var (manifest, _) = await manifests.ReadAsync(document, run.Generation.Number, cancellationToken);
        // Between the switch and the document's own step, what serves has the name of what was built.
        var pass = manifest.Pass is { } built && built == status.Built && status.BuildError is null ? built : status.Indexed;
        var ids = manifest.Held(run.Generation.Index, run.Generation.Model, pass).Order(StringComparer.Ordinal).ToList();
        var some = ids.Skip(place.Skip).Take(MaxChunks - part.Count).ToList();
        var found = await chunks.ReadAsync(run.Generation.Index, some, cancellationToken);
        part.AddRange(found.OrderBy(chunk => chunk.Ordinal).Select(ExportedChunk.Of));
        if (found.Count < some.Count || ids.Count == 0)
            return (place with { Skip = 0 }, new TransferFailure(path, "chunks_missing", FormattableString.Invariant($"The index lacks {Math.Max(1, some.Count - found.Count)} of its chunks: reconcile the collection and export again.")));
        return (place.Skip + some.Count < ids.Count ? place with { Skip = place.Skip + some.Count, Pass = status.Indexed } : place with { Skip = 0 }, null);
    }

    private async Task RequireGenerationAsync(ExportRun run, CancellationToken cancellationToken)
    {
        if ((await generations.ReadAsync(run.Collection, cancellationToken))?.Serving.Number != run.Generation.Number)
            throw new TransferRefusedException("generation_changed", "Questions are answered from another generation since; export again.");
    }

    private async Task EndAsync(ExportRun run, ExportCounts counts, int steps, CancellationToken cancellationToken)
    {
        var parts = await blobs.ListPartsAsync(run.Container, run.Folder, steps, cancellationToken);
        var dimensions = await indexes.FindDimensionsAsync(run.Generation.Index, cancellationToken)
            ?? throw new TransferRefusedException("index_not_found", "The search service has no index of this generation: reconcile or restore the collection.");
        var settings = await collections.FindEffectiveAsync(run.Collection, cancellationToken);
        var generation = run.Generation;
        await blobs.WriteManifestAsync(
            run.Container, run.Manifest,
            new ExportManifest(
                ExportManifest.FormatName, ExportManifest.CurrentVersion, run.Collection, run.StartedAt, generation.Number, generation.EmbeddingsRoute, generation.Model, dimensions,
                generation.ChunkTokens, generation.ChunkOverlap, generation.ChunkStrategy, settings?.Groups ?? [], PassSettings.PipelineVersion, counts.Documents, counts.Chunks, counts.Tokens,
                counts.Failed, parts),
            cancellationToken);
    }
}
