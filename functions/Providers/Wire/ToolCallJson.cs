using System.Text.Json;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Calls of tools in OpenAI's shape: <c>[{id, type, function: {name, arguments}}]</c>, of custom tools <c>{id, type, custom: {name, input}}</c>.</summary>
internal static class ToolCallJson
{
    /// <summary>Writes the list.</summary>
    /// <param name="hasExtra">Whether what the service that made a call wants to see again is written with it.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ToolCall> calls, bool hasExtra)
    {
        json.WriteStartArray();
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, call.Id);
            json.WriteString("type"u8, call.Type);
            json.WriteStartObject(call.Type);
            json.WriteString("name"u8, call.Function.Name);
            // No arguments are an empty object: servers parse it, and fail over nothing.
            json.WriteString(call.IsCustom ? "input"u8 : "arguments"u8, call is { IsCustom: false, Function.Arguments: "" } ? "{}" : call.Function.Arguments);
            json.WriteEndObject();
            if (hasExtra && call.ExtraContent is { } extra)
            {
                json.WritePropertyName("extra_content"u8);
                extra.WriteTo(json);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
