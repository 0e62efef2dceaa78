using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.Rerank;

internal sealed class RerankDocumentConverter : JsonConverter<RerankDocument>
{
    private const string Expected = "Expected a string or an object with text.";

    public override RerankDocument? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new RerankDocument(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException(Expected);
        string? text = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Whatever else a document has is not ranked by; two texts would be ranked by one of them.
            var isText = reader.ValueTextEquals("text"u8);
            reader.Read();
            if (!isText) reader.Skip();
            else if (text is not null || reader.TokenType != JsonTokenType.String) throw new JsonException(Expected);
            else text = reader.GetString();
        }

        return new RerankDocument(text ?? throw new JsonException(Expected));
    }

    public override void Write(Utf8JsonWriter writer, RerankDocument value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("text", value.Text);
        writer.WriteEndObject();
    }
}
