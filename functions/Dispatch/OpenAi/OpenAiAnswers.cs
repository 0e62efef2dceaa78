using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

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
        return Whole(id, "chat.completion", created, model, answer, choice => ("message", Message(choice, answer.Completed)));
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
    public static JsonObject Message(CollectedAnswer.Choice choice, AnswerCompleted? completed)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = choice.Text.Length == 0 && choice.ToolCalls is not null ? null : choice.Text };
        if (choice.ToolCalls is { } calls) message["tool_calls"] = JsonSerializer.SerializeToNode(calls, WireJson.Options);
        if (completed is { Citations.Count: > 0 }) message["citations"] = JsonSerializer.SerializeToNode(completed.Citations, WireJson.Options);
        if (completed is { Answered: not null }) message["context"] = Context(completed);
        return message;
    }

    /// <summary>
    /// The <c>context</c> of a message as Azure OpenAI's "on your data" has it: <c>citations</c> of <c>content</c>, <c>title</c>, <c>filepath</c>, <c>url</c> and <c>chunk_id</c>; and ours,
    /// <c>answered</c>.
    /// </summary>
    public static JsonObject Context(AnswerCompleted completed)
    {
        var citations = new JsonArray();
        foreach (var citation in completed.Citations)
        {
            citations.Add(new JsonObject
            {
                ["content"] = citation.Text,
                ["title"] = citation.Heading ?? citation.Document,
                ["filepath"] = citation.Document,
                ["url"] = citation.Page is { } page ? string.Create(CultureInfo.InvariantCulture, $"{citation.Url}#page={page}") : citation.Url,
                ["chunk_id"] = citation.Id ?? string.Create(CultureInfo.InvariantCulture, $"{citation.Start}-{citation.End}"),
            });
        }

        return new JsonObject { ["citations"] = citations, ["answered"] = completed.Answered };
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
