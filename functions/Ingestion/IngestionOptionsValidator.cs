using Microsoft.Extensions.Options;
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
        Range(nameof(options.EmbedParallelism), options.EmbedParallelism, 1, 16);
        Range(nameof(options.MaxDocumentBytes), options.MaxDocumentBytes, 1, 100 * 1024 * 1024);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Range(string key, long value, long min, long max)
        {
            if (value < min || value > max) errors.Add(Invariant($"{IngestionOptions.Section}:{key} is {value}; {min} to {max} is permitted."));
        }
    }
}
