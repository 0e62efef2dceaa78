using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>Fields of a request's body by name and type. A field that is null is one that is not there; one of another type is refused by its name.</summary>
internal readonly struct RequestFields(JsonElement body, string prefix = "")
{
    public bool Has(string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether one of these is there, even as null: a look at each of the body's few fields instead of a search for each of many names.</summary>
    public bool HasAny(IReadOnlySet<string> names)
    {
        foreach (var field in body.EnumerateObject())
        {
            if (names.Contains(field.Name)) return true;
        }

        return false;
    }

    public JsonElement? Element(string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public double? Number(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : throw Wrong(name, "a number");
    }

    public int? Integer(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, "an integer");
    }

    public long? Long(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(name, "an integer");
    }

    public bool? Flag(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false");
    }

    public string? Text(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, "a string");
    }

    /// <summary>A string, or a list of strings.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Element(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name, "a string or a list of strings");
        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(name, "a string or a list of strings"));
        return texts;
    }

    public JsonElement? Object(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Object ? value : throw Wrong(name, "an object");
    }

    public JsonElement? Array(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Array ? value : throw Wrong(name, "a list");
    }

    public GatewayException Wrong(string name, string expected) => GatewayException.Invalid(prefix + name, $"'{prefix}{name}' must be {expected}.", "invalid_type");
}
