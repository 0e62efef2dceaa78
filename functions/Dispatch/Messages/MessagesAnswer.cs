using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>Answers in the shape of Anthropic's Messages API.</summary>
internal static class MessagesAnswer
{
    public static JsonObject Of(CollectedAnswer answer, string model, bool showsThoughts)
    {
        var choice = answer.Choices[0];
        var content = new JsonArray();
        if (showsThoughts) AddThoughts(content, choice);

        if (answer.Text.Length > 0) content.Add(Text(answer.Text));
        foreach (var call in choice.ToolCalls ?? []) content.Add(Call(call.Id, call.Function.Name, VendorJson.ParseArguments(call.Function.Arguments)));
        var message = Message(model, content);
        message["stop_reason"] = Reason(answer.Completed);
        message["stop_sequence"] = answer.Completed.StopString;
        message["usage"] = Usage(answer.Completed.Usage);
        Sources(message, answer.Completed);
        return message;
    }

    public static JsonObject Message(string model, JsonArray content, Usage? usage = null) => new()
    {
        ["id"] = NewId.Of("msg_"),
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = model,
        ["content"] = content,
        ["stop_reason"] = null,
        ["stop_sequence"] = null,
        ["usage"] = Usage(usage),
    };

    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    /// <summary>Thoughts that Anthropic has not signed.</summary>
    /// <param name="kept">What the client is to bring back; empty for nothing.</param>
    public static JsonObject Thinking(string thoughts, string kept = "") => new() { ["type"] = "thinking", ["thinking"] = thoughts, ["signature"] = kept };

    public static JsonObject Call(string? id, string? name, JsonNode input) => new() { ["type"] = "tool_use", ["id"] = id, ["name"] = name, ["input"] = input };

    public static string Reason(AnswerCompleted completed) => completed.FinishReason switch
    {
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        _ => completed.StopString is null ? "end_turn" : "stop_sequence",
    };

    /// <summary>Anthropic counts what its cache gave and took beside the prompt; 0 where nobody knows.</summary>
    public static JsonObject Usage(Usage? usage) => new()
    {
        ["input_tokens"] = (usage?.PromptTokens ?? 0) - (usage?.CachedTokens ?? 0) - (usage?.CacheCreationTokens ?? 0),
        ["cache_creation_input_tokens"] = usage?.CacheCreationTokens ?? 0,
        ["cache_read_input_tokens"] = usage?.CachedTokens ?? 0,
        ["output_tokens"] = usage?.CompletionTokens ?? 0,
    };

    /// <summary>What a rag route's answer rests on.</summary>
    public static void Sources(JsonObject message, AnswerCompleted completed)
    {
        if (completed.Citations.Count > 0) message["citations"] = JsonSerializer.SerializeToNode(completed.Citations, WireJson.Options);
        if (completed.Answered is not null) message["context"] = OpenAiAnswers.Context(completed);
    }

    private static void AddThoughts(JsonArray content, CollectedAnswer.Choice choice)
    {
        var extra = JsonSerializer.SerializeToElement(choice.Extra ?? []);
        foreach (var block in MessageExtra.Blocks(extra)) content.Add(JsonObject.Create(block)!);
        if (content.Count > 0) return;
        var kept = new KeptThoughts(hasTexts: false);
        kept.Add(extra, choice);
        var (thoughts, packed) = (MessageExtra.Thoughts(extra), kept.Pack());
        if (thoughts is not null || packed is not null) content.Add(Thinking(thoughts ?? "", packed ?? ""));
    }
}
