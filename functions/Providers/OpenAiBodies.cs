using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Requests in OpenAI's format; always streamed, always with usage.</summary>
internal static class OpenAiBodies
{
    private static readonly StreamOptions WithUsage = new() { IncludeUsage = true };

    public static ChatCompletionRequest Chat(string model, Generation generation) =>
        (ChatCompletionRequest)Set(new ChatCompletionRequest { Messages = generation.Messages }, model, generation);

    public static CompletionRequest Completion(string model, Generation generation) =>
        (CompletionRequest)Set(new CompletionRequest { Prompt = generation.Prompt! }, model, generation);

    private static GenerationRequest Set(GenerationRequest request, string model, Generation generation)
    {
        var settings = generation.Settings;
        return request with
        {
            Model = model,
            Temperature = settings.Temperature,
            TopP = settings.TopP,
            TopK = settings.TopK,
            MaxTokens = settings.MaxTokens,
            Stop = settings.Stop is { Count: > 0 } stop ? new StringOrList(stop) : null,
            Seed = settings.Seed,
            PresencePenalty = settings.PresencePenalty,
            FrequencyPenalty = settings.FrequencyPenalty,
            ReturnTokenIds = true,
            Resume = generation.Resume.Count > 0 ? new ResumePoint(generation.Resume) : null,
            Stream = true,
            StreamOptions = WithUsage,
        };
    }
}
