using System.Text;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Llama 2's chat format as text (meta-llama/llama, generation.py), for services that take a prompt. The first <c>&lt;s&gt;</c> is the
/// tokenizer's to add. Content must have been checked for tags before.
/// </summary>
public static class Llama2Prompt
{
    /// <summary>One system part and one user part.</summary>
    public static string Single(string system, string user) => $"[INST] <<SYS>>\n{system}\n<</SYS>>\n\n{user} [/INST]";

    /// <summary>A whole chat: system?, user, (assistant, user)*.</summary>
    /// <exception cref="GatewayException">400 naming the message whose role breaks that order.</exception>
    public static string FromMessages(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var first = messages.Count > 0 && messages[0].Role == "system" ? 1 : 0;
        var prompt = new StringBuilder();
        for (var i = first; i < messages.Count; i++)
        {
            var isUser = (i - first) % 2 == 0;
            if (messages[i].Role != (isUser ? "user" : "assistant"))
                throw GatewayException.Invalid($"messages[{i}].role", $"'messages[{i}].role' must be {(isUser ? "user" : "assistant")}: a chat is system?, user, (assistant, user)*.");
            var content = messages[i].Content;
            if (i == first && first == 1) content = $"<<SYS>>\n{messages[0].Content}\n<</SYS>>\n\n{content}";
            if (isUser && i > first) prompt.Append(" </s><s>");
            prompt.Append(isUser ? $"[INST] {content.Trim()} [/INST]" : $" {content.Trim()}");
        }

        if (messages.Count == first || messages[^1].Role != "user")
            throw GatewayException.Invalid("messages", "The last of 'messages' must be the user's.");
        return prompt.ToString();
    }
}
