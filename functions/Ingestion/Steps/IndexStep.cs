using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Writes one batch of chunks into the index: new ones with their vectors, kept ones with what may have moved around them.</summary>
public sealed class IndexStep(StatusStore statuses, PipelineStore pipeline, ManifestStore manifests, ChunkWriter writer)
{
    /// <summary>Kept chunks travel without vectors, so many of them go at once.</summary>
    public const int KeptPerBatch = 500;

    private const int EmbedBatchesPerBatch = 8;

    /// <summary>Batches to write so many embedded ones.</summary>
    public static int NewBatches(int embedBatches) => (embedBatches + EmbedBatchesPerBatch - 1) / EmbedBatchesPerBatch;

    public async Task<StepOutcome> RunAsync(BatchRef batch, CancellationToken cancellationToken)
    {
        var pass = batch.Pass;
        var percent = 80 + (15 * batch.Batch / batch.Of);
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Indexing, percent, null, cancellationToken)) return StepOutcome.Superseded;
        var index = IndexName.For(pass.Settings.EmbeddingsRoute);
        var newBatches = NewBatches(batch.EmbedBatches);
        if (batch.Batch >= newBatches) return await MergeAsync(pass, index, batch.Batch - newBatches, cancellationToken);

        var last = Math.Min(batch.EmbedBatches, (batch.Batch + 1) * EmbedBatchesPerBatch);
        for (var i = batch.Batch * EmbedBatchesPerBatch; i < last; i++)
        {
            var chunks = await pipeline.ReadNewAsync(pass, i, cancellationToken);
            var vectors = await pipeline.ReadVectorsAsync(pass, i, chunks.Count, cancellationToken);
            await writer.UploadAsync(index, [.. chunks.Select((record, at) => ToIndexed(pass, record, vectors[at]))], cancellationToken);
        }

        return StepOutcome.Done;
    }

    private async Task<StepOutcome> MergeAsync(PassRef pass, string index, int batch, CancellationToken cancellationToken)
    {
        var chunks = await pipeline.ReadKeptAsync(pass, batch, cancellationToken);
        var missing = await writer.MergeAsync(index, [.. chunks.Select(record => ToIndexed(pass, record, null))], cancellationToken);
        if (missing.Count == 0) return StepOutcome.Done;

        // The index was deleted or restored: what the manifest is certain of is not there. The next pass embeds it again.
        var manifest = await manifests.ReadAsync(pass.Document, cancellationToken);
        var gone = missing.ToHashSet(StringComparer.Ordinal);
        await manifests.WriteAsync(pass.Document, manifest with { Certain = [.. manifest.Certain.Where(id => !gone.Contains(id))] }, cancellationToken);
        return StepOutcome.Superseded;
    }

    private static IndexedChunk ToIndexed(PassRef pass, ChunkRecord record, ReadOnlyMemory<float>? embedding) => new()
    {
        Id = record.Id,
        Collection = pass.Document.Collection,
        Document = pass.Document.Path,
        DocumentKey = pass.Document.Key,
        Heading = record.Chunk.Heading,
        Start = record.Chunk.Start,
        End = record.Chunk.End,
        Page = record.Chunk.Page,
        Ordinal = record.Chunk.Ordinal,
        Tokens = record.Chunk.Tokens,
        Text = record.Chunk.Text,
        Groups = pass.Settings.Groups,
        Users = pass.Settings.Users ?? [],
        Embedding = embedding,
    };
}
