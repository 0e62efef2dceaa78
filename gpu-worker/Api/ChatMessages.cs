using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Checks a chat against what Llama 2's format can say: an optional system message, then user and assistant in turns, the user last; no tags in content.</summary>
internal static class ChatMessages
{
    /// <exception cref="ApiException">400, naming the message.</exception>
    public static IReadOnlyList<ChatMessage> Validate(IReadOnlyList<ChatMessage>? messages)
    {
        if (messages is null or { Count: 0 }) throw ApiErrors.Invalid("messages", "messages must have at least one message.", "missing_field");
        if (messages.Count > ApiLimits.Messages) throw ApiErrors.Invalid("messages", $"messages must have at most {ApiLimits.Messages} messages.");
        var expected = "user";
        for (var i = 0; i < messages.Count; i++)
        {
            ValidateContent(messages[i], i);
            if (i == 0 && messages[0].Role == "system") continue;
            if (messages[i].Role != expected) throw ApiErrors.Invalid($"messages[{i}].role", RoleMessage(messages[i].Role, i, expected));
            expected = expected == "user" ? "assistant" : "user";
        }

        if (messages[^1].Role != "user") throw ApiErrors.Invalid("messages", "The last message must be the user's.");
        return messages;
    }

    private static string RoleMessage(string? role, int index, string expected) => role is "system" or "user" or "assistant"
        ? $"messages[{index}].role must be {expected}: after an optional system message, user and assistant take turns."
        : $"messages[{index}].role must be system, user or assistant.";

    private static void ValidateContent(ChatMessage? message, int index)
    {
        if (message is null) throw ApiErrors.Invalid($"messages[{index}]", $"messages[{index}] must be an object with role and content.", "invalid_type");
        if (message.Content is null) throw ApiErrors.Invalid($"messages[{index}].content", $"messages[{index}].content must be a string.", "missing_field");
        if (Llama2Tags.Find(message.Content) is not { } tag) return;
        throw ApiErrors.Invalid(
            $"messages[{index}].content", $"messages[{index}].content holds {tag.Tag} at character {tag.Offset}: the tags of the chat format are not allowed in content.", "tags_not_allowed");
    }
}
