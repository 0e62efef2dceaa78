using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

internal sealed class PromptInputConverter : JsonConverter<PromptInput>
{
    public override PromptInput? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong();
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.EndArray:
                return new PromptInput([], null);
            case JsonTokenType.Number:
                return new PromptInput(null, [Ids(ref reader)], IsSingle: true);
            case JsonTokenType.StartArray:
                var lists = new List<IReadOnlyList<int>>();
                while (reader.TokenType == JsonTokenType.StartArray)
                {
                    reader.Read();
                    lists.Add(Ids(ref reader));
                    reader.Read();
                }

                return reader.TokenType == JsonTokenType.EndArray ? new PromptInput(null, lists) : throw Wrong();
            default:
                var texts = new List<string>();
                while (reader.TokenType == JsonTokenType.String)
                {
                    texts.Add(reader.GetString()!);
                    reader.Read();
                }

                return reader.TokenType == JsonTokenType.EndArray ? new PromptInput(texts, null) : throw Wrong();
        }
    }

    public override void Write(Utf8JsonWriter writer, PromptInput value, JsonSerializerOptions options)
    {
        if (value.IsSingle && value.Texts is [{ } single])
        {
            writer.WriteStringValue(single);
            return;
        }

        if (value.IsSingle && value.Tokens is [{ } ids])
        {
            JsonSerializer.Serialize(writer, ids, options);
            return;
        }

        JsonSerializer.Serialize(writer, (object?)value.Texts ?? value.Tokens, options);
    }

    /// <summary>From the first id, or the list's end, to its end.</summary>
    private static List<int> Ids(ref Utf8JsonReader reader)
    {
        var ids = new List<int>();
        while (reader.TokenType == JsonTokenType.Number)
        {
            ids.Add(WholeNumber.TryRead<int>(ref reader, out var id) ? id : throw Wrong());
            reader.Read();
        }

        return reader.TokenType == JsonTokenType.EndArray ? ids : throw Wrong();
    }

    private static JsonException Wrong() => new("Expected a string, a list of strings, token ids or lists of token ids.");
}
