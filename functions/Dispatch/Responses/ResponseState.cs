using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>The response object of OpenAI's responses, as far as it has come.</summary>
internal sealed class ResponseState(JsonElement body, string model, TimeProvider time)
{
    private readonly DateTimeOffset _created = time.GetUtcNow();
    private readonly string _id = Hosting.NewId.Of("resp_");
    private readonly ResponseNamespaces _namespaces = ResponseNamespaces.Of(body);

    /// <summary>Whether the caller asks for the model's thoughts: <c>reasoning.summary</c> of <c>auto</c>, <c>concise</c> or <c>detailed</c>.</summary>
    public bool ShowsThoughts { get; } =
        body.TryGetProperty("reasoning", out var reasoning) && reasoning.ValueKind == JsonValueKind.Object
        && ((reasoning.TryGetProperty("summary", out var summary) && summary.ValueKind == JsonValueKind.String)
            || (reasoning.TryGetProperty("generate_summary", out var former) && former.ValueKind == JsonValueKind.String));

    /// <summary>Whether the caller brings back what services want to see again: <see cref="KeptThoughts.Include"/> in <c>include</c>.</summary>
    public bool KeepsThoughts { get; } = VendorJson.Items(body, "include").Any(item => item.ValueKind == JsonValueKind.String && item.ValueEquals(KeptThoughts.Include));

    public static string NewId(string kind) => Hosting.NewId.Of(kind + "_");

    /// <param name="logprobs">Null where none were asked for.</param>
    public static JsonObject Text(string text, JsonArray? logprobs = null) =>
        new() { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray(), ["logprobs"] = logprobs?.DeepClone() ?? new JsonArray() };

    public static JsonObject Summary(string text) => new() { ["type"] = "summary_text", ["text"] = text };

    /// <param name="thoughts">Null for none, or none as yet.</param>
    /// <param name="kept">What the client is to bring back; null for nothing as yet.</param>
    public static JsonObject Reasoning(string id, string status, string? thoughts, KeptThoughts? kept)
    {
        var item = new JsonObject { ["type"] = "reasoning", ["id"] = id, ["status"] = status, ["summary"] = thoughts is null ? new JsonArray() : new JsonArray(Summary(thoughts)) };
        if (kept?.Pack() is { } packed) item["encrypted_content"] = packed;
        return item;
    }

    public static JsonObject Refusal(string text) => new() { ["type"] = "refusal", ["refusal"] = text };

    public static JsonObject Message(string id, string status, params JsonNode[] content) =>
        new() { ["type"] = "message", ["id"] = id, ["status"] = status, ["role"] = "assistant", ["content"] = new JsonArray(content) };

    /// <summary>What a called tool is called by the caller.</summary>
    public string NameOf(string told) => _namespaces.Of(told).Name;

    public JsonObject Call(string id, string status, ToolCall call)
    {
        var (space, name) = _namespaces.Of(call.Function.Name);
        var item = call.IsCustom ? CustomCall(id, name, call) : new JsonObject
        {
            ["type"] = "function_call",
            ["id"] = id,
            ["call_id"] = call.Id,
            ["name"] = name,
            ["arguments"] = call.Function.Arguments,
            ["status"] = status,
        };
        if (space is not null) item["namespace"] = space;
        return item;
    }

    private static JsonObject CustomCall(string id, string name, ToolCall call) => new()
    {
        ["type"] = "custom_tool_call",
        ["id"] = id,
        ["call_id"] = call.Id,
        ["name"] = name,
        ["input"] = call.Function.Arguments,
    };

    /// <summary>Why an answer ended before its end; null where it did not.</summary>
    public static string? WhyIncomplete(AnswerCompleted completed) => completed.FinishReason switch { "length" => "max_output_tokens", "content_filter" => "content_filter", _ => null };

    public JsonObject Whole(CollectedAnswer answer)
    {
        var choice = answer.Choices[0];
        var output = new JsonArray();
        if (Thoughts(choice) is { } reasoning) output.Add(reasoning);
        var parts = new List<JsonNode>();
        if (choice.HasContent) parts.Add(Text(choice.Text, choice.Logprobs?["content"] as JsonArray));
        if (choice.Refusal is { } refusal) parts.Add(Refusal(refusal));
        if (parts.Count > 0) output.Add(Message(NewId("msg"), "completed", [.. parts]));
        foreach (var call in choice.ToolCalls ?? []) output.Add(Call(NewId(call.IsCustom ? "ctc" : "fc"), "completed", call));
        // It is the last of them that was cut off.
        if (WhyIncomplete(answer.Completed) is not null && output[^1]!["status"] is not null) output[^1]!["status"] = "incomplete";
        return Ended(answer.Completed, output);
    }

    private JsonObject? Thoughts(CollectedAnswer.Choice choice)
    {
        var extra = JsonSerializer.SerializeToElement(choice.Extra ?? []);
        var kept = new KeptThoughts();
        if (KeepsThoughts) kept.Add(extra, choice);
        var shown = ShowsThoughts ? MessageExtra.Thoughts(extra) : null;
        return shown is null && kept.IsEmpty ? null : Reasoning(NewId("rs"), "completed", shown, kept);
    }

    public JsonObject Ended(AnswerCompleted completed, JsonArray output)
    {
        var why = WhyIncomplete(completed);
        var response = Of(why is null ? "completed" : "incomplete", output);
        if (why is not null) response["incomplete_details"] = new JsonObject { ["reason"] = why };
        if (completed.Usage is { } usage) response["usage"] = Usage(usage);
        if (completed.ServiceTier is { } tier) response["service_tier"] = tier;
        if (completed.Answered is not null) response["context"] = OpenAiAnswers.Context(completed);
        if (completed.Citations.Count > 0) response["citations"] = JsonSerializer.SerializeToNode(completed.Citations, WireJson.Options);
        return response;
    }

    public JsonObject Failed(ErrorDetail error)
    {
        var response = Of("failed", []);
        response["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        return response;
    }

    public JsonObject Of(string status, JsonArray output)
    {
        JsonNode? Given(string name, JsonNode? otherwise) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? JsonSerializer.SerializeToNode(value) : otherwise;
        return new JsonObject
        {
            ["id"] = _id,
            ["object"] = "response",
            ["created_at"] = _created.ToUnixTimeSeconds(),
            ["completed_at"] = status == "completed" ? time.GetUtcNow().ToUnixTimeSeconds() : null,
            ["status"] = status,
            ["error"] = null,
            ["incomplete_details"] = null,
            ["instructions"] = Given("instructions", null),
            ["max_output_tokens"] = Given("max_output_tokens", null),
            ["metadata"] = Given("metadata", new JsonObject()),
            ["model"] = model,
            ["output"] = output,
            ["parallel_tool_calls"] = Given("parallel_tool_calls", true),
            ["previous_response_id"] = null,
            ["reasoning"] = Given("reasoning", new JsonObject { ["effort"] = null, ["summary"] = null }),
            ["store"] = false,
            ["temperature"] = Given("temperature", null),
            ["text"] = Given("text", new JsonObject { ["format"] = new JsonObject { ["type"] = "text" } }),
            ["tool_choice"] = Given("tool_choice", "auto"),
            ["tools"] = Given("tools", new JsonArray()),
            ["top_p"] = Given("top_p", null),
            ["truncation"] = "disabled",
            ["usage"] = null,
        };
    }

    private static JsonObject Usage(Usage usage) => new()
    {
        ["input_tokens"] = usage.PromptTokens,
        ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.CachedTokens, ["cache_write_tokens"] = usage.CacheCreationTokens },
        ["output_tokens"] = usage.CompletionTokens,
        ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = usage.CompletionTokensDetails?.ReasoningTokens ?? 0 },
        ["total_tokens"] = usage.TotalTokens,
    };
}
