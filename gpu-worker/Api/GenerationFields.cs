using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>What the generating endpoints' requests have in common, as it came.</summary>
internal sealed record GenerationFields
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public double? MinP { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>The name under which the caller knows <see cref="MaxTokens"/>.</summary>
    public string MaxTokensName { get; init; } = "max_tokens";

    public int? MinTokens { get; init; }

    public int? N { get; init; }

    public StringOrList? Stop { get; init; }

    public IReadOnlyList<int>? StopTokenIds { get; init; }

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? RepetitionPenalty { get; init; }

    public IReadOnlyDictionary<string, double>? LogitBias { get; init; }

    /// <summary>How many of the likeliest tokens to tell with each one; null tells nothing of likelihoods.</summary>
    public int? Logprobs { get; init; }

    /// <summary>The name under which the caller knows <see cref="Logprobs"/>.</summary>
    public string LogprobsName { get; init; } = "logprobs";

    public ResponseFormat? ResponseFormat { get; init; }

    public int? Priority { get; init; }

    public double? TimeoutSeconds { get; init; }

    public bool? ReturnTokenIds { get; init; }

    public ResumePoint? Resume { get; init; }

    public string? User { get; init; }

    /// <exception cref="ApiException">400: top_logprobs without logprobs.</exception>
    public static GenerationFields From(ChatCompletionRequest request)
    {
        if (request.TopLogprobs > 0 && request.Logprobs != true) throw ApiErrors.Invalid("top_logprobs", "top_logprobs needs logprobs to be true.");
        return Common(request) with
        {
            MaxTokens = request.MaxCompletionTokens ?? request.MaxTokens,
            MaxTokensName = request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens",
            Logprobs = request.Logprobs == true ? request.TopLogprobs ?? 0 : request.TopLogprobs < 0 ? request.TopLogprobs : null,
            LogprobsName = "top_logprobs",
        };
    }

    public static GenerationFields From(CompletionRequest request) => Common(request) with { Logprobs = request.Logprobs };

    private static GenerationFields Common(GenerationRequest request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MinP = request.MinP,
        MaxTokens = request.MaxTokens,
        MinTokens = request.MinTokens,
        N = request.N,
        Stop = request.Stop,
        StopTokenIds = request.StopTokenIds,
        Seed = request.Seed,
        PresencePenalty = request.PresencePenalty,
        FrequencyPenalty = request.FrequencyPenalty,
        RepetitionPenalty = request.RepetitionPenalty,
        LogitBias = request.LogitBias,
        ResponseFormat = request.ResponseFormat,
        Priority = request.Priority,
        TimeoutSeconds = request.TimeoutSeconds,
        ReturnTokenIds = request.ReturnTokenIds,
        Resume = request.Resume,
        User = request.User,
    };
}
