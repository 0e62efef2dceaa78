using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts;

/// <summary>Integers however they are written: <c>16.0</c> and <c>1e2</c> are integers in JSON too, and clients without integers write them so. In strings only as digits.</summary>
internal sealed class WholeNumberConverter<T> : JsonConverter<T>
    where T : struct, IBinaryInteger<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var written)) return written;
        return reader.TokenType == JsonTokenType.Number && WholeNumber.TryRead<T>(ref reader, out var value) ? value : throw new JsonException("Expected an integer.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(long.CreateChecked(value));
}
