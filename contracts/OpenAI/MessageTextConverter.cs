using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>OpenAI's <c>string | {type: "text", text}[]</c>. Parts become lines of one text, as vLLM joins them for chat formats that have no parts; parts of other types are refused.</summary>
internal sealed class MessageTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("Expected a string or an array of text parts.");
        var lines = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            using var part = JsonDocument.ParseValue(ref reader);
            lines.Add(Text(part.RootElement));
        }

        return string.Join('\n', lines);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    private static string Text(JsonElement part)
    {
        var isText = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text"u8);
        if (!isText || !part.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String) throw new JsonException("Expected a text part.");
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("The text is not valid Unicode.", e);
        }
    }
}
