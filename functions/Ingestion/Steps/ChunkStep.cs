using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Readers;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Cuts the text into chunks and sorts them into those to embed and those that the index holds already.</summary>
public sealed class ChunkStep(
    StatusStore statuses, PipelineStore pipeline, ManifestStore manifests, IGateway gateway, IOptions<IngestionOptions> options, ILogger<ChunkStep> logger)
{
    public async Task<ChunkedPass> RunAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Chunking, 6, null, cancellationToken)) return new ChunkedPass(StepOutcome.Superseded);
        var extracted = await pipeline.ReadExtractedAsync(pass, cancellationToken);
        var settings = new ChunkingSettings(pass.Settings.ChunkTokens, pass.Settings.ChunkOverlap, pass.Settings.ChunkStrategy);
        var chunks = await Chunker.ChunkAsync(
            extracted, settings, (texts, token) => gateway.CountTokensAsync(pass.Settings.EmbeddingsRoute, texts, token), cancellationToken);
        if (chunks.Count == 0) throw new DocumentRejectedException("The file holds no text.");

        var ids = ChunkId.Assign(pass.Document, chunks);
        var held = await PrepareManifestAsync(pass, ids, cancellationToken);
        var records = ids.Zip(chunks, (id, chunk) => new ChunkRecord(id, chunk)).ToList();
        var kept = records.Where(record => held.Contains(record.Id)).Chunk(IndexStep.KeptPerBatch).ToList();
        var added = records.Where(record => !held.Contains(record.Id)).Chunk(options.Value.EmbedBatch).ToList();
        for (var i = 0; i < added.Count; i++) await pipeline.WriteNewAsync(pass, i, added[i], cancellationToken);
        for (var i = 0; i < kept.Count; i++) await pipeline.WriteKeptAsync(pass, i, kept[i], cancellationToken);
        await pipeline.WriteIdsAsync(pass, ids, cancellationToken);

        IngestionLog.Chunked(logger, pass.Document.Key, chunks.Count, added.Sum(batch => batch.Length));
        await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Chunking, 10, chunks.Count, cancellationToken);
        return new ChunkedPass(StepOutcome.Done, added.Count, IndexStep.NewBatches(added.Count) + kept.Count, options.Value.EmbedParallelism);
    }

    // What may come into the index is written down before it does, so that nothing there is ever unaccounted for.
    private async Task<HashSet<string>> PrepareManifestAsync(PassRef pass, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var index = IndexName.For(pass.Settings.EmbeddingsRoute);
        var manifest = await manifests.ReadAsync(pass.Document, cancellationToken);
        var held = manifest.Index == index && !pass.Force ? manifest.Certain.ToHashSet(StringComparer.Ordinal) : [];
        var possible = manifest.All.Where(item => item.Index != index || !held.Contains(item.Id))
            .Concat(ids.Where(id => !held.Contains(id)).Select(id => new IndexedId(index, id)))
            .Distinct();
        await manifests.WriteAsync(pass.Document, new DocumentManifest(index, [.. held], [.. possible]), cancellationToken);
        return held;
    }
}
