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
        await pipeline.WriteVectorsAsync(pass, batch.Batch, await embedder.EmbedAsync(pass, part.Chunks, part.Shelves, cancellationToken), cancellationToken);
        return StepOutcome.Done;
    }
}
