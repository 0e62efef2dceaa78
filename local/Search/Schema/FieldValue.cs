using System.Globalization;
using System.Text.Json;

namespace Serverless.Local.Search.Schema;

/// <summary>
/// Reads and writes a field's value. In memory a value is null, string, bool, long, double or DateTimeOffset; a collection is an array
/// of those or of <see cref="ComplexValue"/>; a vector is a float array.
/// </summary>
internal static class FieldValue
{
    /// <exception cref="SearchException">The value does not fit the field's type; the message names the field, not the value.</exception>
    public static object? Read(IndexField field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return field.IsCollection && !field.IsVector ? Array.Empty<object>() : null;
        if (!field.IsCollection)
            return ReadScalar(field, value);
        if (value.ValueKind != JsonValueKind.Array)
            throw Misfit(field);
        if (!field.IsVector)
            return value.EnumerateArray().Select(item => field.Type == FieldType.ComplexType ? ReadComplex(field, item) : ReadScalar(field, item)).ToArray();
        var vector = ReadVector(value) ?? throw Misfit(field);
        return vector.Length == field.Dimensions
            ? vector
            : throw SearchException.BadRequest($"Vector field '{field.Name}' has {field.Dimensions} dimensions; the document's vector has {vector.Length}.");
    }

    /// <summary>A JSON array of finite numbers; null when it is anything else.</summary>
    public static float[]? ReadVector(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return null;
        var vector = new float[value.GetArrayLength()];
        var i = 0;
        foreach (var item in value.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetSingle(out vector[i]) || !float.IsFinite(vector[i++]))
                return null;
        return vector;
    }

    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "INF" : "-INF");
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            case float[] vector:
                writer.WriteStartArray();
                foreach (var number in vector)
                    writer.WriteNumberValue(number);
                writer.WriteEndArray();
                break;
            case ComplexValue complex:
                writer.WriteStartObject();
                foreach (var field in complex.Fields)
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, complex.Values[field.Ordinal]);
                }

                writer.WriteEndObject();
                break;
            case object?[] items:
                writer.WriteStartArray();
                foreach (var item in items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"A value of type {value.GetType().Name} is not a field value.");
        }
    }

    private static ComplexValue ReadComplex(IndexField field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Misfit(field);
        var values = new object?[field.Fields.Count];
        foreach (var property in value.EnumerateObject())
        {
            if (property.Name.StartsWith('@'))
                continue;
            var part = field.Fields.FirstOrDefault(known => known.Name == property.Name)
                ?? throw SearchException.BadRequest($"The property '{property.Name}' does not exist on type 'Edm.ComplexType' of field '{field.Name}'.");
            values[part.Ordinal] = Read(part, property.Value);
        }

        return new ComplexValue(field.Fields, values);
    }

    private static object? ReadScalar(IndexField field, JsonElement value) => (field.Type, value.ValueKind) switch
    {
        (_, JsonValueKind.Null) when !field.IsCollection => null,
        (FieldType.String, JsonValueKind.String) => value.GetString(),
        (FieldType.Boolean, JsonValueKind.True or JsonValueKind.False) => value.GetBoolean(),
        (FieldType.Int32, JsonValueKind.Number) when value.TryGetInt32(out var number) => (long)number,
        (FieldType.Int64, JsonValueKind.Number) when value.TryGetInt64(out var number) => number,
        (FieldType.Double, JsonValueKind.Number) => value.GetDouble(),
        (FieldType.Double, JsonValueKind.String) => value.GetString() switch
        {
            "INF" => double.PositiveInfinity,
            "-INF" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => throw Misfit(field),
        },
        (FieldType.DateTimeOffset, JsonValueKind.String) when value.TryGetDateTimeOffset(out var time) => time,
        _ => throw Misfit(field),
    };

    private static SearchException Misfit(IndexField field) =>
        SearchException.BadRequest($"The value of field '{field.Name}' is not a valid {(field.IsCollection ? $"Collection(Edm.{field.Type})" : $"Edm.{field.Type}")}.");
}
