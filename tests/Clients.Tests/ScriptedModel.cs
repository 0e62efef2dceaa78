using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Serverless.Clients.Tests;

/// <summary>
/// A model behind OpenAI's wire that knows how warm it is in two cities. It calls the first tool that it is offered once for each of them, in one turn and in small pieces where it streams, until it
/// sees results; writes JSON where a schema is asked for; tells whether it sees a picture; and thinks aloud where it is called so.
/// </summary>
internal static class ScriptedModel
{
    public const string Said = "It is 7 degrees in Oslo and 19 in Rome.";
    public const string Thought = "Let me look it up.";
    public const string SeesAPicture = "I see a picture.";
    public const string Json = """{"city":"Oslo","degrees":7}""";

    /// <summary>The names of models that behave in a way of their own.</summary>
    public const string Thinking = "thinking";
    public const string Limited = "limited";
    public const string Endless = "endless";

    private static readonly string[] Cities = ["Oslo", "Rome"];

    public static async Task AnswerAsync(HttpContext http)
    {
        using var request = await JsonDocument.ParseAsync(http.Request.Body);
        var body = request.RootElement;
        var model = body.GetProperty("model").GetString()!;
        if (model == Limited)
        {
            http.Response.Headers.RetryAfter = "1";
            await FakeProvider.Error(http, 429, "slow down", "rate_limit_exceeded");
            return;
        }

        var (message, reason) = Message(body);
        if (model == Thinking) message["reasoning_content"] = Thought;
        var usage = new { prompt_tokens = 20, completion_tokens = 9, total_tokens = 29, prompt_tokens_details = new { cached_tokens = 4 }, completion_tokens_details = new { reasoning_tokens = model == Thinking ? 3 : 0 } };
        if (!body.TryGetProperty("stream", out var stream) || !stream.GetBoolean())
        {
            await FakeProvider.Json(http, new { id = "c1", @object = "chat.completion", created = 1, model, choices = new[] { new { index = 0, message, finish_reason = reason } }, usage });
            return;
        }

        await StreamAsync(http, model, message, reason);
        await FakeProvider.SendAsync(http, JsonSerializer.Serialize(new { id = "c1", @object = "chat.completion.chunk", created = 1, model, choices = Array.Empty<object>(), usage }));
        await FakeProvider.SendAsync(http, "[DONE]");
    }

    private static async Task StreamAsync(HttpContext http, string model, JsonObject message, string reason)
    {
        Task DeltaAsync(object delta, string? finish = null) =>
            FakeProvider.SendAsync(http, JsonSerializer.Serialize(new { id = "c1", @object = "chat.completion.chunk", created = 1, model, choices = new[] { new { index = 0, delta, finish_reason = finish } } }));

        await DeltaAsync(new { role = "assistant", content = "" });
        foreach (var word in Words((string?)message["reasoning_content"])) await DeltaAsync(new { reasoning_content = word });
        foreach (var call in message["tool_calls"]?.AsArray() ?? [])
        {
            var index = (int)call!["index"]!;
            await DeltaAsync(new { tool_calls = new[] { new { index, id = (string)call["id"]!, type = "function", function = new { name = (string)call["function"]!["name"]!, arguments = "" } } } });
            foreach (var piece in ((string)call["function"]!["arguments"]!).Chunk(4)) await DeltaAsync(new { tool_calls = new[] { new { index, function = new { arguments = new string(piece) } } } });
        }

        foreach (var word in Words((string?)message["content"])) await DeltaAsync(new { content = word });
        while (model == Endless)
        {
            await DeltaAsync(new { content = "more " });
            await Task.Delay(TimeSpan.FromMilliseconds(5), http.RequestAborted);
        }

        await DeltaAsync(new { }, reason);
    }

    private static IEnumerable<string> Words(string? text) => text is null ? [] : text.Split(' ').Select((word, i) => i == 0 ? word : " " + word);

    private static (JsonObject Message, string Reason) Message(JsonElement body)
    {
        var messages = body.GetProperty("messages");
        var hasResult = messages.EnumerateArray().Any(message => message.GetProperty("role").GetString() == "tool");
        if (!hasResult && body.TryGetProperty("tools", out var tools))
        {
            var name = tools[0].GetProperty("function").GetProperty("name").GetString();
            var calls = Cities.Select((city, i) => (JsonNode)new JsonObject
            {
                ["index"] = i,
                ["id"] = $"call_{i}",
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = name, ["arguments"] = $$"""{"city":"{{city}}"}""" },
            });
            return (new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray([.. calls]) }, "tool_calls");
        }

        var text = body.TryGetProperty("response_format", out var format) && format.GetProperty("type").GetString() == "json_schema" ? Json
            : messages.GetRawText().Contains("\"image_url\"", StringComparison.Ordinal) ? SeesAPicture
            : Said;
        return (new JsonObject { ["role"] = "assistant", ["content"] = text }, "stop");
    }
}
