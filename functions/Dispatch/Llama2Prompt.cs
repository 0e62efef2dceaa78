using System.Text;
using Serverless.Contracts;
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

    /// <summary>A whole chat of any shape, folded into system?, user, (assistant, user)*. One that ends with the assistant's turn is continued.</summary>
    public static string FromMessages(IReadOnlyList<ChatMessage> messages)
    {
        var chat = Llama2Turns.Fold(messages);
        var prompt = new StringBuilder();
        for (var i = 0; i < chat.Turns.Count; i++)
        {
            var isUser = i % 2 == 0;
            var content = i == 0 && chat.System is { } system ? $"<<SYS>>\n{system}\n<</SYS>>\n\n{chat.Turns[0]}" : chat.Turns[i];
            if (isUser && i > 0) prompt.Append(" </s><s>");
            prompt.Append(isUser ? $"[INST] {content.Trim()} [/INST]" : $" {content.Trim()}");
        }

        return prompt.ToString();
    }
}
