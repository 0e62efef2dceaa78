using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>Answers in OpenAI's shapes, whole or streamed.</summary>
internal static class OpenAiAnswers
{
    private const string ChatId = "chatcmpl-", CompletionId = "cmpl-";

    /// <param name="model">What the answer names as its model: the route.</param>
    public static async Task<IActionResult> ChatAsync(HttpContext http, IGateway gateway, AnswerRequest ask, string model, TimeProvider time)
    {
        if (!ask.Streams) return await WholeChatAsync(gateway, ask, model, time, http.RequestAborted).ConfigureAwait(false);
        var shape = new OpenAiStreamShape(NewId.Of(ChatId), "chat.completion.chunk", time.GetUtcNow().ToUnixTimeSeconds(), model, isChat: true, hasDeltas: true, ask.IncludesUsage);
        var events = LegacyFunctions.Told(ask, gateway.StreamAsync(ask, http.RequestAborted), http.RequestAborted);
        await new SseResponse(http, ObfuscatedStreamShape.Of(shape, ask.Obfuscates), time).WriteAsync(events).ConfigureAwait(false);
        return new EmptyResult();
    }

    /// <inheritdoc cref="ChatAsync"/>
    public static async Task<JsonAnswer> WholeChatAsync(IGateway gateway, AnswerRequest ask, string model, TimeProvider time, CancellationToken stop)
    {
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var answer = await CollectedAnswer.FromAsync(LegacyFunctions.Told(ask, gateway.StreamAsync(ask, stop), stop), stop).ConfigureAwait(false);
        return Whole(NewId.Of(ChatId), "chat.completion", created, model, answer, isChat: true);
    }

    /// <param name="hasDeltas">Whether chunks have the text in a <c>delta</c>, as MLflow streams completions.</param>
    public static async Task<IActionResult> CompletionAsync(HttpContext http, IGateway gateway, AnswerRequest ask, string model, bool hasDeltas, TimeProvider time)
    {
        if (!ask.Streams) return await WholeCompletionAsync(gateway, ask, model, time, http.RequestAborted).ConfigureAwait(false);
        var kind = hasDeltas ? "text_completion_chunk" : "text_completion";
        var shape = new OpenAiStreamShape(NewId.Of(CompletionId), kind, time.GetUtcNow().ToUnixTimeSeconds(), model, isChat: false, hasDeltas, ask.IncludesUsage);
        await new SseResponse(http, ObfuscatedStreamShape.Of(shape, ask.Obfuscates), time).WriteAsync(gateway.StreamAsync(ask, http.RequestAborted)).ConfigureAwait(false);
        return new EmptyResult();
    }

    /// <inheritdoc cref="CompletionAsync"/>
    public static async Task<JsonAnswer> WholeCompletionAsync(IGateway gateway, AnswerRequest ask, string model, TimeProvider time, CancellationToken stop)
    {
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var answer = await CollectedAnswer.FromAsync(gateway.StreamAsync(ask, stop), stop).ConfigureAwait(false);
        return Whole(NewId.Of(CompletionId), "text_completion", created, model, answer, isChat: false);
    }

    /// <summary>An assistant's message; without text its content is null where it calls tools.</summary>
    public static JsonObject Message(CollectedAnswer.Choice choice)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = choice.HasContent ? choice.Text : null };
        if (choice.Refusal is { } refusal) message["refusal"] = refusal;
        if (choice.ToolCalls is { } calls) message["tool_calls"] = JsonNode.Parse(JsonBytes.Of(calls, static (json, all) => ToolCallJson.Write(json, all, hasExtra: true)).Span);
        foreach (var (name, value) in choice.Extra ?? []) message[name] = value?.DeepClone();
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

    /// <summary>Written straight away, without an object of it in between.</summary>
    private static JsonAnswer Whole(string id, string kind, long created, string model, CollectedAnswer answer, bool isChat) =>
        new(JsonBytes.Of((id, kind, created, model, answer, isChat), static (json, it) =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, it.id);
            json.WriteString("object"u8, it.kind);
            json.WriteNumber("created"u8, it.created);
            json.WriteString("model"u8, it.model);
            json.WriteStartArray("choices"u8);
            for (var i = 0; i < it.answer.Choices.Count; i++)
            {
                var choice = it.answer.Choices[i];
                json.WriteStartObject();
                json.WriteNumber("index"u8, i);
                if (it.isChat) Message(json, choice, it.answer.Completed);
                else json.WriteString("text"u8, choice.Text);
                Logprobs(json, choice.Logprobs, it.isChat);
                json.WriteString("finish_reason"u8, choice.FinishReason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Member(json, "usage"u8, it.answer.Completed.Usage);
            Member(json, "service_tier"u8, it.answer.Completed.ServiceTier);
            Member(json, "system_fingerprint"u8, it.answer.Completed.SystemFingerprint);
            json.WriteEndObject();
        }));

    private static void Message(Utf8JsonWriter json, CollectedAnswer.Choice choice, AnswerCompleted completed)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (choice.HasContent) json.WriteString("content"u8, choice.Text);
        else json.WriteNull("content"u8);
        json.WriteString("refusal"u8, choice.Refusal);
        if (choice.ToolCalls is { } calls)
        {
            json.WritePropertyName("tool_calls"u8);
            ToolCallJson.Write(json, calls, hasExtra: true);
        }

        foreach (var (name, value) in choice.Extra ?? [])
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }

        if (completed.Citations.Count > 0) Member(json, "citations"u8, completed.Citations);
        if (completed.Answered is not null) Member(json, "context"u8, Context(completed));
        json.WriteEndObject();
    }

    /// <summary>Null where none were asked for: OpenAI's description requires them, and of a chat's their <c>refusal</c>.</summary>
    private static void Logprobs(Utf8JsonWriter json, JsonObject? logprobs, bool isChat)
    {
        json.WritePropertyName("logprobs"u8);
        if (logprobs is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (name, value) in logprobs)
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }

        if (isChat && !logprobs.ContainsKey("refusal")) json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    /// <summary>Nothing for null.</summary>
    private static void Member<T>(Utf8JsonWriter json, ReadOnlySpan<byte> name, T? value)
        where T : class
    {
        if (value is null) return;
        json.WritePropertyName(name);
        JsonSerializer.Serialize(json, value, WireJson.Options);
    }
}
