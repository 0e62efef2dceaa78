using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Writes one batch of chunks into the index: new ones with their vectors, kept ones with what may have moved around them.</summary>
public sealed class IndexStep(StatusStore statuses, PipelineStore pipeline, ManifestStore manifests, ChunkWriter writer)
{
    public async Task<StepOutcome> RunAsync(BatchRef batch, CancellationToken cancellationToken)
    {
        var pass = batch.Pass;
        var percent = 80 + (15 * batch.Batch / batch.Of);
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Indexing, percent, null, cancellationToken)) return StepOutcome.Superseded;
        var index = pass.Settings.Index;
        if (batch.Batch >= batch.EmbedBatches)
        {
            var kept = await pipeline.ReadKeptAsync(pass, batch.Batch - batch.EmbedBatches, cancellationToken);
            return await MergeAsync(pass, index, kept, cancellationToken) ? StepOutcome.Done : StepOutcome.Superseded;
        }

        var part = await pipeline.ReadNewAsync(pass, batch.Batch, cancellationToken);
        var vectors = await pipeline.ReadVectorsAsync(pass, batch.Batch, part.Chunks.Count, cancellationToken);
        await writer.UploadAsync(index, [.. part.Chunks.Select((record, at) => ToIndexed(pass, record, vectors[at]))], cancellationToken);
        return StepOutcome.Done;
    }

    /// <summary>Writes what may have moved around chunks that the index holds.</summary>
    /// <returns>False when some are not there: the index was deleted or restored. The next pass embeds them again.</returns>
    internal async Task<bool> MergeAsync(PassRef pass, string index, IReadOnlyList<ChunkRecord> chunks, CancellationToken cancellationToken)
    {
        if (chunks.Count == 0) return true;
        var missing = await writer.MergeAsync(index, [.. chunks.Select(record => ToIndexed(pass, record, null))], cancellationToken);
        if (missing.Count == 0) return true;

        // Two parts of a document may find this at once.
        var gone = missing.ToHashSet(StringComparer.Ordinal);
        var (manifest, etag) = await manifests.ReadAsync(pass.Document, pass.Settings.Generation, cancellationToken);
        var lost = manifest with { Certain = [.. manifest.Certain.Where(id => !gone.Contains(id))], Possible = [.. manifest.All], Pass = null };
        await manifests.WriteAsync(pass.Document, pass.Settings.Generation, lost, etag, cancellationToken);
        return false;
    }

    internal static IndexedChunk ToIndexed(PassRef pass, ChunkRecord record, ReadOnlyMemory<float>? embedding) => new()
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
        Metadata = pass.Settings.Metadata ?? new Dictionary<string, string>(),
        VectorKey = Vectors.VectorKey.Of(pass.Settings, record.Id),
        Embedding = embedding,
    };
}
