using Microsoft.Extensions.Options;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>Says at start which setting is wrong.</summary>
internal sealed class SearchOptionsValidator : IValidateOptions<SearchOptions>
{
    public ValidateOptionsResult Validate(string? name, SearchOptions options)
    {
        List<string> errors = [];
        if (options.Endpoint is not { IsAbsoluteUri: true, Scheme: "https" })
            errors.Add($"{SearchOptions.Section}:Endpoint must be an https address such as https://name.search.windows.net.");
        if (string.IsNullOrWhiteSpace(options.Analyzer)) errors.Add($"{SearchOptions.Section}:Analyzer must name an analyzer such as en.microsoft.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
