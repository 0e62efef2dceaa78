using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>What every request must satisfy, whichever endpoint it came by. Errors name the field and what is permitted, and quote nothing.</summary>
public static class AnswerChecks
{
    public const int MaxMessages = 256;
    public const int MaxStops = 4;
    public const int MaxQuestionChars = 16_000;
    public const int MaxTexts = 2048;

    private const int MaxStopChars = 256;

    /// <param name="contextWindow">Tokens of prompt and answer together; null when unknown.</param>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static void Settings(GenerationSettings settings, int? contextWindow)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Range("temperature", settings.Temperature, 0, 2);
        Range("presence_penalty", settings.PresencePenalty, -2, 2);
        Range("frequency_penalty", settings.FrequencyPenalty, -2, 2);
        if (settings.TopP is { } topP && !(topP > 0 && topP <= 1)) throw GatewayException.Invalid("top_p", "'top_p' must be greater than 0 and at most 1.");
        if (settings.TopK is < 1) throw GatewayException.Invalid("top_k", "'top_k' must be at least 1.");
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

    /// <param name="mayHoldTags">Whether whoever builds the prompt breaks up control tags.</param>
    /// <exception cref="GatewayException">400 naming the message.</exception>
    public static void Messages(IReadOnlyList<ChatMessage>? messages, bool mayHoldTags = false)
    {
        if (messages is not { Count: > 0 }) throw GatewayException.Invalid("messages", "'messages' must not be empty.", "missing_field");
        if (messages.Count > MaxMessages) throw GatewayException.Invalid("messages", $"'messages' may have at most {MaxMessages} entries.");
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i] ?? throw GatewayException.Invalid($"messages[{i}]", $"'messages[{i}]' must be an object.");
            if (message.Role is not ("system" or "user" or "assistant"))
                throw GatewayException.Invalid($"messages[{i}].role", $"'messages[{i}].role' must be system, user or assistant.");
            if (message.Role == "system" && i > 0)
                throw GatewayException.Invalid($"messages[{i}].role", $"'messages[{i}].role': only the first message may be the system's.");
            if (message.Content is null || (message.Role == "user" && string.IsNullOrWhiteSpace(message.Content)))
                throw GatewayException.Invalid($"messages[{i}].content", $"'messages[{i}].content' must be text that is not empty.", "missing_field");
            if (!mayHoldTags) Tags($"messages[{i}].content", message.Content);
        }

        if (messages[^1].Role != "user") throw GatewayException.Invalid($"messages[{messages.Count - 1}].role", "The last of 'messages' must be the user's.");
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

    /// <exception cref="GatewayException">400 naming the text.</exception>
    public static void Texts(IReadOnlyList<string> texts, string field)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count is 0 or > MaxTexts) throw GatewayException.Invalid(field, $"'{field}' must have 1 to {MaxTexts} texts.");
        for (var i = 0; i < texts.Count; i++)
        {
            if (string.IsNullOrEmpty(texts[i])) throw GatewayException.Invalid($"{field}[{i}]", $"'{field}[{i}]' must not be empty.", "missing_field");
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
