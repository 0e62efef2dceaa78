using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Requests in OpenAI's format; always streamed, always with usage.</summary>
internal static class OpenAiBodies
{
    private static readonly StreamOptions WithUsage = new() { IncludeUsage = true };

    public static ChatCompletionRequest Chat(string model, Generation generation)
    {
        var settings = generation.Settings;
        return new ChatCompletionRequest
        {
            Model = model,
            Messages = generation.Messages,
            Temperature = settings.Temperature,
            TopP = settings.TopP,
            TopK = settings.TopK,
            MaxTokens = settings.MaxTokens,
            Stop = settings.Stop is { Count: > 0 } stop ? new StringOrList(stop) : null,
            Seed = settings.Seed,
            PresencePenalty = settings.PresencePenalty,
            FrequencyPenalty = settings.FrequencyPenalty,
            Stream = true,
            StreamOptions = WithUsage,
        };
    }

    public static CompletionRequest Completion(string model, Generation generation)
    {
        var settings = generation.Settings;
        return new CompletionRequest
        {
            Model = model,
            Prompt = generation.Prompt!,
            Temperature = settings.Temperature,
            TopP = settings.TopP,
            TopK = settings.TopK,
            MaxTokens = settings.MaxTokens,
            Stop = settings.Stop is { Count: > 0 } stop ? new StringOrList(stop) : null,
            Seed = settings.Seed,
            PresencePenalty = settings.PresencePenalty,
            FrequencyPenalty = settings.FrequencyPenalty,
            Stream = true,
            StreamOptions = WithUsage,
        };
    }
}
