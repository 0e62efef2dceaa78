using Serverless.Functions.Ingestion.Readers;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Reads the file: bytes to text and sections.</summary>
public sealed class ExtractStep(StatusStore statuses, DocumentBlobs blobs, DocumentReaders readers, PipelineStore pipeline)
{
    public async Task<StepOutcome> RunAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Extracting, 2, null, cancellationToken)) return StepOutcome.Superseded;
        if (await blobs.ReadAsync(pass.Document, pass.ETag, cancellationToken) is not { } file) return StepOutcome.Superseded;
        var extracted = readers.Read(pass.Document.Path, file.ContentType, file.Content, cancellationToken);
        await pipeline.WriteExtractedAsync(pass, extracted, cancellationToken);
        return StepOutcome.Done;
    }
}
