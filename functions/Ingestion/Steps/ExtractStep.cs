using Serverless.Documents;
using Serverless.Functions.Ingestion.Ocr;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Reads the file: bytes to text and sections.</summary>
public sealed class ExtractStep(StatusStore statuses, DocumentBlobs blobs, BoundedReading reading, DocumentIntelligence ocr, PipelineStore pipeline)
{
    public async Task<StepOutcome> RunAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Extracting, 2, null, cancellationToken)) return StepOutcome.Superseded;
        if (await blobs.ReadAsync(pass.Document, pass.ETag, cancellationToken) is not { } file) return StepOutcome.Superseded;
        var extracted = await ReadAsync(new DocumentFile(pass.Document.Path, file.ContentType, file.Content), cancellationToken);
        await pipeline.WriteExtractedAsync(pass, extracted, cancellationToken);
        return StepOutcome.Done;
    }

    /// <exception cref="DocumentRejectedException">The file cannot be read, or not within its bounds.</exception>
    internal async Task<ExtractedDocument> ReadAsync(DocumentFile file, CancellationToken cancellationToken)
    {
        try
        {
            return await reading.ReadAsync(file, cancellationToken);
        }
        catch (NeedsOcrException) when (ocr.IsConfigured)
        {
            return await ocr.ReadAsync(file, cancellationToken);
        }
    }
}
