using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion.Transfers;
using static System.FormattableString;

namespace Serverless.Functions.Ingestion;

/// <summary>Says at start which setting is out of its range.</summary>
internal sealed class IngestionOptionsValidator : IValidateOptions<IngestionOptions>
{
    public ValidateOptionsResult Validate(string? name, IngestionOptions options)
    {
        List<string> errors = [];
        Range(nameof(options.ChunkTokens), options.ChunkTokens, 16, 2048);
        Range(nameof(options.ChunkOverlap), options.ChunkOverlap, 0, options.ChunkTokens / 2);
        Range(nameof(options.EmbedBatch), options.EmbedBatch, 1, 64);
        Range(nameof(options.ChunksPerStep), options.ChunksPerStep, 1, 1000);
        Range(nameof(options.WholeDocumentBytes), options.WholeDocumentBytes, 0, 4 * 1024 * 1024);
        Range(nameof(options.WholeDocumentChunks), options.WholeDocumentChunks, 1, 1000);
        Range(nameof(options.DocumentsPerBatch), options.DocumentsPerBatch, 1, 100);
        Range(nameof(options.MessageLeaseSeconds), options.MessageLeaseSeconds, 5, 600);
        Range(nameof(options.EmbedParallelism), options.EmbedParallelism, 1, 16);
        Range(nameof(options.MaxDocumentBytes), options.MaxDocumentBytes, 1, 100 * 1024 * 1024);
        Range(nameof(options.ReconcileGraceSeconds), options.ReconcileGraceSeconds, 0, 86_400);
        Range(nameof(options.ReconcileStuckMinutes), options.ReconcileStuckMinutes, 1, 10_080);
        Range(nameof(options.ReadParallelism), options.ReadParallelism, 1, 64);
        Range(nameof(options.MaxTextCharacters), options.MaxTextCharacters, 1000, 100 * 1024 * 1024);
        Range(nameof(options.MaxElements), options.MaxElements, 1000, 5_000_000);
        Range(nameof(options.MaxUnpackedBytes), options.MaxUnpackedBytes, 1024 * 1024, 4L * 1024 * 1024 * 1024);
        Range(nameof(options.MaxUnpackRatio), options.MaxUnpackRatio, 1, 10_000);
        Range(nameof(options.MaxArchiveFiles), options.MaxArchiveFiles, 1, 100_000);
        Range(nameof(options.MaxArchiveDepth), options.MaxArchiveDepth, 0, 16);
        Range(nameof(options.MaxPages), options.MaxPages, 1, 100_000);
        Range(nameof(options.ReadTimeoutSeconds), options.ReadTimeoutSeconds, 1, 600);
        Range("DocumentIntelligence:" + nameof(options.DocumentIntelligence.TimeoutSeconds), options.DocumentIntelligence.TimeoutSeconds, 1, 3600);
        if (options.DocumentIntelligence.Endpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme != Uri.UriSchemeHttps))
            errors.Add($"{IngestionOptions.Section}:DocumentIntelligence:Endpoint must be an https URL such as https://name.cognitiveservices.azure.com.");
        foreach (var container in (options.ImportContainers ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (AppContainers.WhyNot(container) is { } reason) errors.Add($"{IngestionOptions.Section}:{nameof(options.ImportContainers)} names '{container}', which cannot be imported from: {reason}.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Range(string key, long value, long min, long max)
        {
            if (value < min || value > max) errors.Add(Invariant($"{IngestionOptions.Section}:{key} is {value}; {min} to {max} is permitted."));
        }
    }
}
