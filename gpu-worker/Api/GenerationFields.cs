using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>What the generating endpoints' requests have in common, as it came.</summary>
internal sealed record GenerationFields
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>The name under which the caller knows <see cref="MaxTokens"/>.</summary>
    public string MaxTokensName { get; init; } = "max_tokens";

    public int? N { get; init; }

    public StringOrList? Stop { get; init; }

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public string? User { get; init; }

    public static GenerationFields From(ChatCompletionRequest request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MaxTokens = request.MaxCompletionTokens ?? request.MaxTokens,
        MaxTokensName = request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens",
        N = request.N,
        Stop = request.Stop,
        Seed = request.Seed,
        PresencePenalty = request.PresencePenalty,
        FrequencyPenalty = request.FrequencyPenalty,
        User = request.User,
    };

    public static GenerationFields From(CompletionRequest request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MaxTokens = request.MaxTokens,
        N = request.N,
        Stop = request.Stop,
        Seed = request.Seed,
        PresencePenalty = request.PresencePenalty,
        FrequencyPenalty = request.FrequencyPenalty,
        User = request.User,
    };
}
