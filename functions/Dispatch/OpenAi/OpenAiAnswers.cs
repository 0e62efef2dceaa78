using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Dispatch;

/// <summary>Answers in OpenAI's shapes, whole or streamed.</summary>
internal static class OpenAiAnswers
{
    /// <param name="model">What the answer names as its model: the route.</param>
    public static async Task<IActionResult> ChatAsync(HttpContext http, IGateway gateway, AnswerRequest ask, string model, bool includeUsage, TimeProvider time)
    {
        var id = $"chatcmpl-{Guid.NewGuid():N}";
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var events = gateway.StreamAsync(ask, http.RequestAborted);
        if (ask.Streams)
        {
            var shape = new OpenAiStreamShape(id, "chat.completion.chunk", created, model, isChat: true, hasDeltas: true, includeUsage);
            await new SseResponse(http, shape).WriteAsync(events).ConfigureAwait(false);
            return new EmptyResult();
        }

        var answer = await CollectedAnswer.FromAsync(events, http.RequestAborted).ConfigureAwait(false);
        return Whole(id, "chat.completion", created, model, answer, choice => ("message", Message(choice, answer.Completed.Citations)));
    }

    /// <param name="hasDeltas">Whether chunks have the text in a <c>delta</c>, as MLflow streams completions.</param>
    public static async Task<IActionResult> CompletionAsync(HttpContext http, IGateway gateway, AnswerRequest ask, string model, bool includeUsage, bool hasDeltas, TimeProvider time)
    {
        var id = $"cmpl-{Guid.NewGuid():N}";
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var events = gateway.StreamAsync(ask, http.RequestAborted);
        if (ask.Streams)
        {
            var shape = new OpenAiStreamShape(id, hasDeltas ? "text_completion_chunk" : "text_completion", created, model, isChat: false, hasDeltas, includeUsage);
            await new SseResponse(http, shape).WriteAsync(events).ConfigureAwait(false);
            return new EmptyResult();
        }

        var answer = await CollectedAnswer.FromAsync(events, http.RequestAborted).ConfigureAwait(false);
        return Whole(id, "text_completion", created, model, answer, choice => ("text", JsonValue.Create(choice.Text)));
    }

    /// <summary>An assistant's message; without text its content is null where it calls tools.</summary>
    public static JsonObject Message(CollectedAnswer.Choice choice, IReadOnlyList<Citation> citations)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = choice.Text.Length == 0 && choice.ToolCalls is not null ? null : choice.Text };
        if (choice.ToolCalls is { } calls) message["tool_calls"] = JsonSerializer.SerializeToNode(calls, WireJson.Options);
        if (citations.Count > 0) message["citations"] = JsonSerializer.SerializeToNode(citations, WireJson.Options);
        return message;
    }

    private static JsonAnswer Whole(string id, string kind, long created, string model, CollectedAnswer answer, Func<CollectedAnswer.Choice, (string Name, JsonNode Content)> content)
    {
        var choices = new JsonArray();
        for (var i = 0; i < answer.Choices.Count; i++)
        {
            var choice = answer.Choices[i];
            var (name, value) = content(choice);
            var node = new JsonObject { ["index"] = i, [name] = value };
            if (choice.Logprobs is { } logprobs) node["logprobs"] = logprobs;
            node["finish_reason"] = choice.FinishReason;
            choices.Add(node);
        }

        var whole = new JsonObject { ["id"] = id, ["object"] = kind, ["created"] = created, ["model"] = model, ["choices"] = choices };
        if (answer.Completed.Usage is { } usage) whole["usage"] = JsonSerializer.SerializeToNode(usage, WireJson.Options);
        return new JsonAnswer(whole);
    }
}
