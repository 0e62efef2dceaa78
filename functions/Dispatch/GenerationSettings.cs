using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>How to generate; a null leaves the route's or the provider's default.</summary>
public sealed record GenerationSettings
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>Whether the caller wrote <c>max_completion_tokens</c>, which some of OpenAI's models insist on.</summary>
    public bool UsesMaxCompletionTokens { get; init; }

    public IReadOnlyList<string>? Stop { get; init; }

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? MinP { get; init; }

    public double? RepetitionPenalty { get; init; }

    /// <summary>Answers to one prompt; null is one.</summary>
    public int? N { get; init; }

    /// <summary>For chats: whether each token's log probability is told.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>For chats <c>top_logprobs</c>, for completions <c>logprobs</c>: how many of the likeliest tokens are told with each.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>Token ids to what is added to their scores, as the caller wrote it.</summary>
    public JsonElement? LogitBias { get; init; }

    /// <summary>OpenAI's <c>response_format</c>, as the caller wrote it; null for text.</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>OpenAI's <c>tools</c>, as the caller wrote them.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>OpenAI's <c>tool_choice</c>, as the caller wrote it.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary>Whether the caller wrote <see cref="Tools"/> as <c>functions</c>, and reads a call as a <c>function_call</c>.</summary>
    public bool UsesFunctions { get; init; }

    /// <summary>Whether an effort asks for no thoughts by itself, as Anthropic's callers mean it, who have a word of its own for that.</summary>
    public bool IsEffortAlone { get; init; }

    /// <summary>Parameters that are passed as they are to providers that know them, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }

    /// <summary>Answers that are written to one prompt: of <c>best_of</c> all cost, and <see cref="N"/> are told.</summary>
    public int Written => Math.Max(N ?? 1, Extra is { } extra && extra.TryGetValue("best_of", out var best) && best.ValueKind == JsonValueKind.Number && best.TryGetInt32(out var number) ? number : 1);

    /// <summary>The names of what is asked for, as callers write them.</summary>
    /// <param name="isChat">Completions have one name for what chats have two for.</param>
    public IEnumerable<string> Given(bool isChat)
    {
        if (Temperature is not null) yield return "temperature";
        if (TopP is not null) yield return "top_p";
        if (TopK is not null) yield return "top_k";
        if (MaxTokens is not null) yield return "max_tokens";
        if (Stop is { Count: > 0 }) yield return "stop";
        if (Seed is not null) yield return "seed";
        if (PresencePenalty is not null) yield return "presence_penalty";
        if (FrequencyPenalty is not null) yield return "frequency_penalty";
        if (MinP is not null) yield return "min_p";
        if (RepetitionPenalty is not null) yield return "repetition_penalty";
        if (N is > 1) yield return "n";
        if (Logprobs == true || (!isChat && TopLogprobs is not null)) yield return "logprobs";
        if (isChat && TopLogprobs is not null) yield return "top_logprobs";
        if (LogitBias is not null) yield return "logit_bias";
        if (ResponseFormat is not null) yield return "response_format";
        if (Tools is not null) yield return "tools";
        if (ToolChoice is not null) yield return "tool_choice";
        if (ParallelToolCalls is not null) yield return "parallel_tool_calls";
        foreach (var name in Extra?.Keys ?? []) yield return name;
    }

    /// <summary>What the caller calls one of the names of <see cref="Given"/>.</summary>
    public string CallersName(string name) => (UsesFunctions, name) switch
    {
        (true, "tools") => "functions",
        (true, "tool_choice") => "function_call",
        _ => name,
    };

    /// <summary>Schemas and tools are content; they never reach a log by way of ToString.</summary>
    public override string ToString() => nameof(GenerationSettings);
}
