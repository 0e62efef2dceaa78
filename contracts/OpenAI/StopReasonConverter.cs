using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

internal sealed class StopReasonConverter : JsonConverter<StopReason>
{
    public override StopReason Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number when reader.TryGetInt32(out var token) => token,
        _ => throw new JsonException("Expected a string or a token's id."),
    };

    public override void Write(Utf8JsonWriter writer, StopReason value, JsonSerializerOptions options)
    {
        if (value.Token is { } token) writer.WriteNumberValue(token);
        else writer.WriteStringValue(value.Text);
    }
}
