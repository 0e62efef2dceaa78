using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What the generating endpoints' requests ask for, as it came: the fields that all have, and those that have another name or type on each wire.</summary>
/// <param name="Request">Its <see cref="GenerationRequest.MaxTokens"/> is not to be asked: <paramref name="MaxTokens"/> is.</param>
/// <param name="MaxTokensName">The name under which the caller knows <paramref name="MaxTokens"/>.</param>
/// <param name="Logprobs">How many of the likeliest tokens to tell with each one; null tells nothing of likelihoods.</param>
/// <param name="LogprobsName">The name under which the caller knows <paramref name="Logprobs"/>.</param>
/// <param name="Prefix">What stands before the names of the other fields where the caller knows them within another.</param>
internal sealed record GenerationFields(GenerationRequest Request, int? MaxTokens, string MaxTokensName, int? Logprobs, string LogprobsName, string Prefix = "")
{
    /// <summary>Whether the answer begins with the prompt; null where that is not to be asked for.</summary>
    public bool? Echoes { get; init; }

    /// <summary>The name under which the caller knows a field.</summary>
    public string Name(string field) => Prefix + field;

    /// <exception cref="ApiException">400: top_logprobs without logprobs.</exception>
    public static GenerationFields From(ChatCompletionRequest request)
    {
        if (request.TopLogprobs > 0 && request.Logprobs != true) throw ApiErrors.Invalid("top_logprobs", "top_logprobs needs logprobs to be true.");
        return new GenerationFields(
            request,
            request.MaxCompletionTokens ?? request.MaxTokens,
            request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens",
            request.Logprobs == true ? request.TopLogprobs ?? 0 : request.TopLogprobs < 0 ? request.TopLogprobs : null,
            "top_logprobs");
    }

    public static GenerationFields From(CompletionRequest request) => new(request, request.MaxTokens, "max_tokens", request.Logprobs, "logprobs") { Echoes = request.Echo ?? false };

    public static GenerationFields From(PredictParameters parameters)
    {
        var request = new CompletionRequest { Temperature = parameters.Temperature, TopP = parameters.TopP, TopK = parameters.TopK, Seed = parameters.Seed, Stop = parameters.Stop };
        return new GenerationFields(request, parameters.MaxNewTokens, "parameters.max_new_tokens", null, "logprobs", "parameters.");
    }
}
