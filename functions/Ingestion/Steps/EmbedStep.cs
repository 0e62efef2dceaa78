using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Embeds one batch of chunks through the collection's embeddings route.</summary>
public sealed class EmbedStep(StatusStore statuses, PipelineStore pipeline, IGateway gateway)
{
    public async Task<StepOutcome> RunAsync(BatchRef batch, CancellationToken cancellationToken)
    {
        var pass = batch.Pass;
        var percent = 10 + (70 * batch.Batch / batch.Of);
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Embedding, percent, null, cancellationToken)) return StepOutcome.Superseded;
        var chunks = await pipeline.ReadNewAsync(pass, batch.Batch, cancellationToken);
        var embedded = await gateway.EmbedAsync(
            pass.Settings.EmbeddingsRoute, [.. chunks.Select(record => ChunkId.EmbeddedText(record.Chunk))], EmbeddingPurpose.Document, Caller.System, cancellationToken);
        if (embedded.Vectors.Count != chunks.Count || embedded.Vectors.Any(vector => vector.Length == 0 || vector.Length != embedded.Vectors[0].Length || !IsFinite(vector.Span)))
            throw new StepFailedException($"the embeddings route answered {embedded.Vectors.Count} vectors for {chunks.Count} chunks, or some that are not numbers of one length.");
        await pipeline.WriteVectorsAsync(pass, batch.Batch, embedded.Vectors, cancellationToken);
        return StepOutcome.Done;
    }

    private static bool IsFinite(ReadOnlySpan<float> vector)
    {
        foreach (var value in vector)
        {
            if (!float.IsFinite(value)) return false;
        }

        return true;
    }
}
