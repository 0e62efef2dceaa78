using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Documents;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Cuts the text into chunks and sorts them into those to embed and those that the index holds already.</summary>
public sealed class ChunkStep(
    StatusStore statuses, PipelineStore pipeline, ManifestStore manifests, RetiredVectors retired, IGateway gateway, IOptions<IngestionOptions> options, ILogger<ChunkStep> logger)
{
    public async Task<ChunkedPass> RunAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Chunking, 6, null, cancellationToken)) return new ChunkedPass(StepOutcome.Superseded);
        var records = await CutAsync(pass, await pipeline.ReadExtractedAsync(pass, cancellationToken), cancellationToken);
        var held = await PrepareManifestAsync(pass, [.. records.Select(record => record.Id)], cancellationToken);
        var size = options.Value.ChunksPerStep;
        var kept = records.Where(record => held.Contains(record.Id)).Chunk(size).ToList();
        var added = records.Where(record => !held.Contains(record.Id)).Chunk(size).ToList();
        var shelves = await FindShelvesAsync(pass, added.SelectMany(part => part), cancellationToken);
        for (var i = 0; i < added.Count; i++) await pipeline.WriteNewAsync(pass, i, new ChunkPart(added[i], shelves), cancellationToken);
        for (var i = 0; i < kept.Count; i++) await pipeline.WriteKeptAsync(pass, i, kept[i], cancellationToken);
        await pipeline.WriteIdsAsync(pass, [.. records.Select(record => record.Id)], cancellationToken);

        IngestionLog.Chunked(logger, pass.Document.Key, records.Count, added.Sum(part => part.Length));
        await statuses.CutAsync(pass, records.Count, records.Sum(record => (long)record.Chunk.Tokens), cancellationToken);
        return new ChunkedPass(StepOutcome.Done, added.Count, added.Count + kept.Count, options.Value.EmbedParallelism);
    }

    /// <exception cref="DocumentRejectedException">There is no text.</exception>
    internal async Task<IReadOnlyList<ChunkRecord>> CutAsync(PassRef pass, ExtractedDocument extracted, CancellationToken cancellationToken)
    {
        var settings = new ChunkingSettings(pass.Settings.ChunkTokens, pass.Settings.ChunkOverlap, pass.Settings.ChunkStrategy);
        var chunks = await Chunker.ChunkAsync(
            extracted, settings, (texts, token) => gateway.CountTokensAsync(pass.Settings.Route, texts, token), cancellationToken);
        if (chunks.Count == 0) throw new DocumentRejectedException("The file holds no text.");
        return [.. ChunkId.Assign(pass.Document, chunks).Zip(chunks, (id, chunk) => new ChunkRecord(id, chunk))];
    }

    // What may come into the index is written down before it does, so that nothing there is ever unaccounted for.
    private async Task<HashSet<string>> PrepareManifestAsync(PassRef pass, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var index = pass.Settings.Index;
        var (manifest, etag) = await manifests.ReadAsync(pass.Document, pass.Settings.Generation, cancellationToken);
        var held = pass.Force ? [] : manifest.Held(index, pass.Settings.Model, indexed: null);
        var possible = manifest.All.Where(item => item.Index != index || !held.Contains(item.Id))
            .Concat(ids.Where(id => !held.Contains(id)).Select(id => new IndexedId(index, id)))
            .Distinct();
        await manifests.WriteAsync(pass.Document, pass.Settings.Generation, new DocumentManifest(index, [.. held], [.. possible], pass.Settings.Model), etag, cancellationToken);
        return held;
    }

    private async Task<IReadOnlyList<string>> FindShelvesAsync(PassRef pass, IEnumerable<ChunkRecord> added, CancellationToken cancellationToken)
    {
        if (pass.Settings.Model is not { } model || pass.Force) return [];
        var found = new List<string>();
        foreach (var shelf in RetiredVectors.Shelve(model, [.. added.Select(record => VectorKey.Of(model, record.Id))]).Keys)
        {
            if (await retired.ExistsAsync(shelf, cancellationToken)) found.Add(shelf);
        }

        return found;
    }
}
