using System.Runtime.InteropServices;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Transfers.Restores;

/// <summary>
/// One step of a restore: the manifest and a part of the export checked, and its vectors laid down; then, when all of it is sound, one write that begins the generation, which the documents' own
/// orchestrations bring themselves into and which switches as any other (<see cref="GenerationStep"/>); then a look at how far that is.
/// </summary>
public sealed class RestoreStep(
    TransferStore runs, ExportBlobs blobs, RestoredVectors restored, CollectionStore collections, GenerationPlanner planner, GenerationStore generations, BuildCensus census, ChunkIndexes indexes,
    DocumentEventQueue queue, TimeProvider time)
{
    private const int Parallelism = 8;
    private const int MaxDelaySeconds = 30;

    public async Task<TransferWork> RunAsync(TransferWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var run = await runs.RequireAsync<RestoreRun>(work, cancellationToken);
        var place = work.Restore ?? new RestorePlace();
        if (place.Generation is not null) return await LookAsync(work, run, place, cancellationToken);

        var manifest = await blobs.ReadManifestAsync(run.Container, run.Manifest, cancellationToken);
        var plan = await PlanAsync(run, manifest, cancellationToken);
        if (place.Parts < manifest.Parts.Count)
        {
            var chunks = await CheckAsync(run, manifest, manifest.Parts[place.Parts], cancellationToken);
            await LayAsync(run, plan.Model, place.Parts, chunks, cancellationToken);
            place = place with { Parts = place.Parts + 1, Chunks = place.Chunks + chunks.Count };
            await runs.WriteAsync(run with { Parts = manifest.Parts.Count, PartsChecked = place.Parts, Chunks = place.Chunks }, cancellationToken);
            return work with { Restore = place };
        }

        var begun = await BeginAsync(run, plan, cancellationToken);
        var (tally, _) = await census.TallyAsync(run.Collection, begun, most: 0, cancellationToken);
        await runs.WriteAsync(
            run with { Parts = manifest.Parts.Count, PartsChecked = place.Parts, Chunks = place.Chunks, State = TransferState.Building, Generation = begun.Number, Documents = tally.Documents }, cancellationToken);
        return work with { Restore = place with { Generation = begun.Number }, DelaySeconds = 1 };
    }

    /// <summary>Deletes what was laid down.</summary>
    public Task ClearAsync(string restore, CancellationToken cancellationToken) => restored.ClearAsync(restore, cancellationToken);

    private async Task<GenerationPlan> PlanAsync(RestoreRun run, ExportManifest manifest, CancellationToken cancellationToken)
    {
        var settings = await collections.FindEffectiveAsync(run.Collection, cancellationToken)
            ?? throw new TransferRefusedException("collection_not_found", "The collection has no embeddings route: PUT it with 'embeddings_route' first.");
        GenerationPlan plan;
        try
        {
            plan = await planner.PlanAsync(settings, cancellationToken);
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            throw new TransferRefusedException("route_refused", refused.Message);
        }

        if (manifest.Model != plan.Model)
        {
            throw new TransferRefusedException(
                "model_differs", $"The export's vectors are of the model behind route '{manifest.EmbeddingsRoute}' as it was; route '{plan.EmbeddingsRoute}' of the collection has another model, instruction or guard now.");
        }

        Same("chunk_tokens", FormattableString.Invariant($"{manifest.ChunkTokens}"), FormattableString.Invariant($"{plan.ChunkTokens}"));
        Same("chunk_overlap", FormattableString.Invariant($"{manifest.ChunkOverlap}"), FormattableString.Invariant($"{plan.ChunkOverlap}"));
        Same("chunk_strategy", manifest.ChunkStrategy.ToString().ToLowerInvariant(), plan.ChunkStrategy.ToString().ToLowerInvariant());
        if ((await generations.ReadAsync(run.Collection, cancellationToken))?.Serving is { } serving && serving.Model == plan.Model
            && await indexes.FindDimensionsAsync(serving.Index, cancellationToken) is { } dimensions && dimensions != manifest.Dimensions)
            throw new TransferRefusedException("dimensions_differ", FormattableString.Invariant($"The export's vectors have {manifest.Dimensions} numbers; those of the collection have {dimensions}."));
        return plan;

        static void Same(string setting, string exported, string now)
        {
            if (exported != now) throw new TransferRefusedException("settings_differ", $"The export was cut with '{setting}' {exported}, the collection has {now}: PUT the collection with the export's first.");
        }
    }

    private async Task<IReadOnlyList<ExportedChunk>> CheckAsync(RestoreRun run, ExportManifest manifest, ExportPart part, CancellationToken cancellationToken)
    {
        var chunks = await blobs.ReadPartAsync(run.Container, run.Manifest[..(run.Manifest.LastIndexOf('/') + 1)], part, cancellationToken);
        for (var i = 0; i < chunks.Count; i++)
        {
            var chunk = chunks[i];
            if (chunk.Vector.Length != manifest.Dimensions * sizeof(float))
                throw ExportBlobs.Damaged(part, FormattableString.Invariant($"has a vector of {chunk.Vector.Length / sizeof(float)} numbers in line {i + 1} where the manifest names {manifest.Dimensions}"));
            if (!chunk.Id.StartsWith(new DocumentName(manifest.Collection, chunk.Document).Key + "-", StringComparison.Ordinal) || (chunk.VectorKey is { } key && key != VectorKey.Of(manifest.Model, chunk.Id)))
                throw ExportBlobs.Damaged(part, FormattableString.Invariant($"names in line {i + 1} another document or model than the manifest"));
        }

        return chunks;
    }

    private Task LayAsync(RestoreRun run, string model, int part, IReadOnlyList<ExportedChunk> chunks, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        chunks.GroupBy(chunk => chunk.Document, StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
        async (document, stop) =>
        {
            var vectors = new Dictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
            foreach (var chunk in document) vectors[VectorKey.Of(model, chunk.Id)] = MemoryMarshal.Cast<byte, float>(chunk.Vector).ToArray();
            await restored.WriteAsync(run.Id, new DocumentName(run.Collection, document.Key), part, vectors, stop);
        });

    private async Task<Generation> BeginAsync(RestoreRun run, GenerationPlan plan, CancellationToken cancellationToken)
    {
        var index = await generations.ReadAsync(run.Collection, cancellationToken) is null ? await generations.FirstIndexAsync(plan, cancellationToken) : string.Empty;
        var state = await generations.ChangeAsync(run.Collection, current => GenerationState.Restore(current, plan, index, run.Id, time.GetUtcNow()), cancellationToken);
        // Whoever begins a generation has every document told of it, and a look at it begun.
        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Collection, new DocumentName(run.Collection, string.Empty)), cancellationToken);
        return state.Building ?? state.Serving;
    }

    private async Task<TransferWork> LookAsync(TransferWork work, RestoreRun run, RestorePlace place, CancellationToken cancellationToken)
    {
        var state = await generations.ReadAsync(run.Collection, cancellationToken);
        if (state?.Building is { } building && building.Restore == run.Id)
        {
            var (tally, _) = await census.TallyAsync(run.Collection, building, most: 0, cancellationToken);
            await runs.WriteAsync(run with { Documents = tally.Documents, Built = tally.Built, Failures = tally.Failed, Error = tally.LastError }, cancellationToken);
            return work with { DelaySeconds = Math.Min(work.DelaySeconds * 2, MaxDelaySeconds) };
        }

        var isServing = state?.Serving.Restore == run.Id;
        await restored.ClearAsync(run.Id, cancellationToken);
        await runs.WriteAsync(
            run with { State = isServing ? TransferState.Completed : TransferState.Superseded, EndedAt = time.GetUtcNow(), Built = isServing ? run.Documents : run.Built, Failures = 0, Error = null }, cancellationToken);
        return work with { IsDone = true, Restore = place };
    }
}
