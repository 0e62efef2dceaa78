using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Reads vendors' JSON: what is missing or of another type is null, what is no JSON object is a failure.</summary>
internal static class VendorJson
{
    // Sums of a few still fit.
    private const int MostTokens = 500_000_000;

    /// <exception cref="UpstreamException">No JSON object.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> document)
    {
        try
        {
            var value = JsonSerializer.Deserialize<JsonElement>(document, WireJson.Options);
            return value.ValueKind == JsonValueKind.Object ? value : throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
        catch (JsonException)
        {
            throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
    }

    public static JsonElement? Object(JsonElement? element, string name) => Of(element, name, JsonValueKind.Object);

    public static IEnumerable<JsonElement> Items(JsonElement? element, string name) => Of(element, name, JsonValueKind.Array) is { } array ? array.EnumerateArray() : [];

    public static string? Text(JsonElement? element, string name)
    {
        try
        {
            return Of(element, name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
    }

    /// <summary>A number of tokens; null for what can be none: less than nothing, or more than any model takes.</summary>
    public static int? Count(JsonElement? element, string name) =>
        Of(element, name, JsonValueKind.Number) is { } value && value.TryGetDouble(out var number) && number is >= 0 and <= MostTokens ? (int)number : null;

    /// <summary>A vector of numbers.</summary>
    /// <exception cref="UpstreamException">Not numbers.</exception>
    public static float[] Vector(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetSingle(out var number) ? number : throw new UpstreamException(UpstreamFailure.InvalidResponse))];
    }

    /// <summary>The failure that a document tells of which came as an answer's would: with the status that it would have had.</summary>
    public static UpstreamException Failed(ReadOnlySpan<byte> document)
    {
        var words = ErrorWords.Read(document);
        return new UpstreamException(UpstreamFailure.Status, words.Status ?? 500) { Code = words.IsTooLong ? ErrorWords.ContextLengthExceeded : words.Code, Param = words.Param, Counts = words.Counts };
    }

    /// <summary>What a document is that is no answer: the failure that it tells of, in a service's own shape or a proxy's before it, or nothing that can be read.</summary>
    public static UpstreamException NoAnswer(JsonElement read, ReadOnlySpan<byte> document)
    {
        var tells = (read.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String) || Text(read, "message") is not null || Text(read, "Message") is not null;
        return tells ? Failed(document) : new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    /// <summary>A function's schema, which services want to be an object's even where the function takes nothing.</summary>
    /// <param name="function">OpenAI's <c>function</c> of a tool.</param>
    public static JsonObject Schema(JsonElement? function)
    {
        if (Object(function, "parameters") is not { } parameters) return new JsonObject { ["type"] = "object" };
        var schema = JsonObject.Create(parameters)!;
        if (!schema.ContainsKey("type")) schema.Insert(0, "type", "object");
        return schema;
    }

    /// <summary>A call's arguments as the text that OpenAI's wire has: of an object, or of the text of one, which proxies and servers make of it.</summary>
    /// <returns>Empty where there are none.</returns>
    public static string Arguments(JsonElement? call, string name) => Object(call, name) is { } given
        ? given.EnumerateObject().Any() ? given.GetRawText() : ""
        : Text(call, name) ?? "";

    /// <summary>The names of the functions that a chat's turns called.</summary>
    public static IReadOnlyList<string> Called(IReadOnlyList<ChatMessage> messages) => [.. messages.SelectMany(m => m.ToolCalls ?? []).Select(c => c.Function.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>A tool's arguments, which are a text with JSON on OpenAI's wire, as an object.</summary>
    public static JsonNode ParseArguments(string arguments)
    {
        try
        {
            return JsonNode.Parse(arguments) is JsonObject parsed ? parsed : new JsonObject();
        }
        catch (JsonException)
        {
            return new JsonObject();
        }
    }

    private static JsonElement? Of(JsonElement? element, string name, JsonValueKind kind) =>
        element is { ValueKind: JsonValueKind.Object } e && e.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
