using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>What every request must satisfy, whichever endpoint it came by. Errors name the field and what is permitted, and quote nothing.</summary>
public static class AnswerChecks
{
    /// <summary>As many as OpenAI takes: agents' conversations grow by several for each step.</summary>
    public const int MaxMessages = 2048;

    /// <summary>More than any service takes that says how many it does.</summary>
    public const int MaxStops = 64;
    public const int MaxQuestionChars = 16_000;
    public const int MaxTexts = 2048;
    public const int MaxAnswers = 128;

    private const int MaxTopLogprobs = 20;

    private const int MaxStopChars = 256;

    /// <param name="contextWindow">Tokens of prompt and answer together; null when unknown.</param>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static void Settings(GenerationSettings settings, int? contextWindow)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Range("temperature", settings.Temperature, 0, 2);
        Range("min_p", settings.MinP, 0, 1);
        Range("presence_penalty", settings.PresencePenalty, -2, 2);
        Range("frequency_penalty", settings.FrequencyPenalty, -2, 2);
        Range("top_p", settings.TopP, 0, 1);
        // 0 and -1 are no limit, as vLLM has it.
        if (settings.TopK is < -1) throw GatewayException.Invalid("top_k", "'top_k' must be at least 1, or 0 or -1 for no limit.");
        if (settings.RepetitionPenalty is { } repetition && !(repetition > 0 && repetition <= 2))
            throw GatewayException.Invalid("repetition_penalty", "'repetition_penalty' must be greater than 0 and at most 2.");
        if (settings.N is < 1 or > MaxAnswers) throw GatewayException.Invalid("n", $"'n' must be from 1 to {MaxAnswers}.");
        if (settings.TopLogprobs is < 0 or > MaxTopLogprobs) throw GatewayException.Invalid("top_logprobs", $"'top_logprobs' (a completion's 'logprobs') must be from 0 to {MaxTopLogprobs}.");
        if (settings.MaxTokens is < 1) throw GatewayException.Invalid("max_tokens", "'max_tokens' must be at least 1.");
        if (contextWindow is { } window && settings.MaxTokens >= window)
            throw GatewayException.Invalid("max_tokens", $"'max_tokens' must be less than the model's context of {window} tokens, which holds prompt and answer.", "context_length_exceeded");
        if (settings.Stop is not { } stop) return;
        if (stop.Count > MaxStops) throw GatewayException.Invalid("stop", $"'stop' may have at most {MaxStops} strings.");
        for (var i = 0; i < stop.Count; i++)
        {
            if (stop[i] is not { Length: > 0 and <= MaxStopChars }) throw GatewayException.Invalid($"stop[{i}]", $"'stop[{i}]' must have 1 to {MaxStopChars} characters.");
        }
    }

    /// <summary>Whether a provider writes chats in Llama 2's format, whose tags content may not hold, and which has no tools.</summary>
    private static bool WritesLlama2(RouteTarget target) => target.Model.Provider is "gpu-worker" or "mosaicml";

    /// <summary>What every target of a route must be able to take, and at least one can.</summary>
    /// <exception cref="GatewayException">400 naming the message.</exception>
    public static void Messages(IReadOnlyList<ChatMessage>? messages, ResolvedRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        Messages(messages, tags: route.Version.AllTargets.Any(WritesLlama2), tools: route.Version.AllTargets.Any(t => !WritesLlama2(t)));
    }

    /// <param name="tags">Whether content must be free of Llama 2's tags.</param>
    /// <param name="tools">Whether messages may call tools and hold their results.</param>
    /// <exception cref="GatewayException">400 naming the message.</exception>
    public static void Messages(IReadOnlyList<ChatMessage>? messages, bool tags = true, bool tools = false)
    {
        if (messages is not { Count: > 0 }) throw GatewayException.Invalid("messages", "'messages' must not be empty.", "missing_field");
        if (messages.Count > MaxMessages) throw GatewayException.Invalid("messages", $"'messages' may have at most {MaxMessages} entries.");
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i] ?? throw GatewayException.Invalid($"messages[{i}]", $"'messages[{i}]' must be an object.");
            if (message.Role is not ("system" or "developer" or "user" or "assistant") && !(tools && message.Role == "tool"))
                throw GatewayException.Invalid($"messages[{i}].role", $"'messages[{i}].role' must be system, developer, user or assistant{(tools ? ", or tool" : "")}.");
            if (message.ToolCalls is not null && (!tools || message.Role != "assistant"))
                throw GatewayException.Invalid($"messages[{i}].tool_calls", $"'messages[{i}].tool_calls' is not supported {(tools ? "in this role" : "by this route's model")}.", "unsupported_parameter");
            if (message.Role == "tool" && string.IsNullOrEmpty(message.ToolCallId))
                throw GatewayException.Invalid($"messages[{i}].tool_call_id", $"'messages[{i}].tool_call_id' must name the call that this is the result of.", "missing_field");
            var isNothing = message.Content is null ? message.ToolCalls is null : message.Role == "user" && !message.HasMedia && string.IsNullOrWhiteSpace(message.Content);
            if (isNothing) throw GatewayException.Invalid($"messages[{i}].content", $"'messages[{i}].content' must be text that is not empty.", "missing_field");
            if (tags && message.Content is { } content) Tags($"messages[{i}].content", content);
        }
    }

    /// <summary>A raw prompt may hold tags: that is what completions are for.</summary>
    /// <exception cref="GatewayException">400 naming the prompt.</exception>
    public static void Prompt(string? prompt)
    {
        if (string.IsNullOrEmpty(prompt)) throw GatewayException.Invalid("prompt", "'prompt' must be text that is not empty.", "missing_field");
    }

    /// <exception cref="GatewayException">400 naming <paramref name="field"/>.</exception>
    public static void Question(string? question, string field)
    {
        if (string.IsNullOrWhiteSpace(question)) throw GatewayException.Invalid(field, $"'{field}' must be a question that is not empty.", "missing_field");
        if (question.Length > MaxQuestionChars) throw GatewayException.Invalid(field, $"'{field}' may have at most {MaxQuestionChars} characters.");
    }

    /// <param name="isList">False for one text that stands where a list may.</param>
    /// <exception cref="GatewayException">400 naming the text.</exception>
    public static void Texts(IReadOnlyList<string> texts, string field, bool isList = true)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (!isList && string.IsNullOrWhiteSpace(texts[0])) throw GatewayException.Invalid(field, $"'{field}' must not be empty.", "missing_field");
        if (texts.Count is 0 or > MaxTexts) throw GatewayException.Invalid(field, $"'{field}' must have 1 to {MaxTexts} texts.");
        for (var i = 0; i < texts.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(texts[i])) throw GatewayException.Invalid($"{field}[{i}]", $"'{field}[{i}]' must not be empty.", "missing_field");
        }
    }

    private static void Tags(string field, string text)
    {
        if (Llama2Tags.Find(text) is { } found)
            throw GatewayException.Invalid(field, $"'{field}' may not contain the tag {found.Tag} (at character {found.Offset}).", "control_tag");
    }

    private static void Range(string field, double? value, double least, double most)
    {
        // Not "outside the range", so that NaN is refused too.
        if (value is { } number && !(number >= least && number <= most)) throw GatewayException.Invalid(field, $"'{field}' must be from {least} to {most}.");
    }
}
