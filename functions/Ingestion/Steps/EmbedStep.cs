using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Embeds one part of a document's chunks through the collection's embeddings route.</summary>
public sealed class EmbedStep(StatusStore statuses, PipelineStore pipeline, ChunkEmbedder embedder)
{
    public async Task<StepOutcome> RunAsync(BatchRef batch, CancellationToken cancellationToken)
    {
        var pass = batch.Pass;
        var percent = 10 + (70 * batch.Batch / batch.Of);
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Embedding, percent, null, cancellationToken)) return StepOutcome.Superseded;
        var part = await pipeline.ReadNewAsync(pass, batch.Batch, cancellationToken);
        var embedded = await embedder.EmbedAsync(pass, part.Chunks, part.Shelves, cancellationToken);
        await pipeline.WriteVectorsAsync(pass, batch.Batch, embedded.Vectors, cancellationToken);
        if (embedded.Tokens > 0) await statuses.ChangeAsync(pass.Document, status => status?.Spend(embedded.Tokens, embedded.Cost), cancellationToken);
        return StepOutcome.Done;
    }
}
