using System.Text.Json;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>From OpenAI's request bodies to ours. What would change the answer and is not supported is refused; what is unknown is ignored, as OpenAI's clients expect.</summary>
internal static class OpenAiRequests
{
    private static readonly string[] Unsupported = ["tools", "tool_choice", "functions", "function_call", "logprobs", "top_logprobs", "logit_bias", "best_of", "echo", "suffix", "audio", "modalities"];

    public static void RefuseUnsupported(JsonElement body)
    {
        foreach (var name in Unsupported)
        {
            if (body.TryGetProperty(name, out var value) && !IsNothing(value))
                throw GatewayException.Invalid(name, $"'{name}' is not supported.", "unsupported_parameter");
        }

        if (body.TryGetProperty("response_format", out var format) && format.ValueKind == JsonValueKind.Object
            && !(format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "text"))
            throw GatewayException.Invalid("response_format", "'response_format' may only be text.", "unsupported_parameter");
        One("n", body);
    }

    /// <summary>One answer a request: more is refused rather than quietly not done.</summary>
    public static void One(string name, JsonElement body)
    {
        if (!body.TryGetProperty(name, out var count) || count.ValueKind == JsonValueKind.Null) return;
        if (count.ValueKind != JsonValueKind.Number || !count.TryGetInt32(out var n) || n != 1)
            throw GatewayException.Invalid(name, $"'{name}' must be 1: one answer a request.", "unsupported_parameter");
    }

    public static string Model(string? model) =>
        string.IsNullOrEmpty(model) ? throw GatewayException.Invalid("model", "'model' must name a route.", "missing_field") : model;

    public static GenerationSettings Settings(ChatCompletionRequest request) =>
        Settings((GenerationRequest)request) with { MaxTokens = request.MaxCompletionTokens ?? request.MaxTokens };

    public static GenerationSettings Settings(GenerationRequest request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MaxTokens = request.MaxTokens,
        Stop = request.Stop?.Values,
        Seed = request.Seed,
        PresencePenalty = request.PresencePenalty,
        FrequencyPenalty = request.FrequencyPenalty,
    };

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.String => value.GetString() is "none" or "",
        JsonValueKind.Number => value.TryGetInt32(out var n) && n is 0 or 1,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
