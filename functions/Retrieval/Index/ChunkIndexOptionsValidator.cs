using Microsoft.Extensions.Options;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Says at start which setting is wrong.</summary>
internal sealed class ChunkIndexOptionsValidator : IValidateOptions<ChunkIndexOptions>
{
    public ValidateOptionsResult Validate(string? name, ChunkIndexOptions options)
    {
        List<string> errors = [];
        if (options.Endpoint is not { IsAbsoluteUri: true, Scheme: "https" })
            errors.Add($"{ChunkIndexOptions.Section}:Endpoint must be an https address such as https://name.search.windows.net.");
        if (string.IsNullOrWhiteSpace(options.Analyzer)) errors.Add($"{ChunkIndexOptions.Section}:Analyzer must name an analyzer such as en.microsoft.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
