using Serverless.Contracts.OpenAI;
using Serverless.Documents;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Prompting;

namespace Serverless.Functions.Dispatch;

/// <summary>Reads what a request asks a rag route: the last user turn, the user's turns before it, and the caller's system message.</summary>
internal static class RagQuestion
{
    // Further back a conversation is about something else more often than not.
    private const int MaxEarlier = 3;
    private const int MaxEarlierChars = 1000;

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static AnswerQuestion Of(AnswerRequest request, RagSettings rag)
    {
        if (request.Messages is not { } messages)
        {
            AnswerChecks.Question(request.Question, "question");
            return new AnswerQuestion(request.Question!) { Filter = request.Filter };
        }

        AnswerChecks.Messages(messages, tags: false);
        var last = messages.ToList().FindLastIndex(m => m.Role == "user");
        if (last < 0) throw GatewayException.Invalid("messages", "One of 'messages' must be the user's: it is the question.");
        if (messages[last].HasMedia) throw GatewayException.Invalid($"messages[{last}].content", "Images, files and audio are not supported by a rag route.", "unsupported_parameter");
        AnswerChecks.Question(messages[last].Content, $"messages[{last}].content");
        return new AnswerQuestion(messages[last].Content)
        {
            Earlier = [.. messages.Take(last).Where(m => m.Role == "user" && !string.IsNullOrWhiteSpace(m.Content)).Select(m => TextStart.Of(m.Content.Trim(), MaxEarlierChars)).TakeLast(MaxEarlier)],
            History = rag.HistoryTurns == 0 ? [] : ConversationHistory.Of(messages.Take(last)),
            System = SystemOf(messages, rag),
            Filter = request.Filter,
        };
    }

    /// <summary>A system message speaks with its own voice and no other: tags in it are text.</summary>
    private static string? SystemOf(IReadOnlyList<ChatMessage> messages, RagSettings rag)
    {
        var words = new List<string>();
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is not ("system" or "developer") || string.IsNullOrWhiteSpace(messages[i].Content)) continue;
            if (rag.SystemMessages == SystemMessageMode.Refuse)
                throw GatewayException.Invalid($"messages[{i}].role", $"'messages[{i}].role': this route has a system message of its own and takes no other (its setting 'system_messages').", "unsupported_parameter");
            words.Add(PassageText.Neutralise(messages[i].Content.Trim()));
        }

        return words.Count == 0 ? null : string.Join("\n\n", words);
    }
}
