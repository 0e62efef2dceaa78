using System.Text.Json;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>Reads a JSON object field by field and refuses what nobody asked for: a misspelt setting is an error, not a silence.</summary>
public sealed class JsonFields(JsonElement element, string path = "")
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The full name of a field, for messages: <c>model.name</c>.</summary>
    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public string RequiredString(string name, int maxLength) =>
        OptionalString(name, maxLength) ?? throw GatewayException.Invalid(PathOf(name), $"'{PathOf(name)}' is required.", "missing_field");

    /// <summary>Null when absent or null.</summary>
    public string? OptionalString(string name, int maxLength)
    {
        if (!TryGet(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) throw WrongType(name, "a string");
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw WrongType(name, "valid Unicode");
        }

        return text.Length <= maxLength ? text : throw GatewayException.Invalid(PathOf(name), $"'{PathOf(name)}' may have at most {maxLength} characters.");
    }

    public int Integer(string name, int least, int most, int otherwise)
    {
        if (!TryGet(name, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw GatewayException.Invalid(PathOf(name), $"'{PathOf(name)}' must be an integer from {least} to {most}.");
    }

    /// <summary>Null when absent or null.</summary>
    public long? WholeNumber(string name, long least, long most)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw GatewayException.Invalid(PathOf(name), $"'{PathOf(name)}' must be an integer from {least} to {most}.");
    }

    /// <summary>Null when absent or null; at most six decimals.</summary>
    public decimal? Decimal(string name, decimal least, decimal most)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= least && number <= most && decimal.Round(number, 6) == number
            ? number
            : throw GatewayException.Invalid(PathOf(name), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"'{PathOf(name)}' must be a number from {least} to {most} with at most six decimals."));
    }

    public bool Boolean(string name, bool otherwise)
    {
        if (!TryGet(name, out var value)) return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw WrongType(name, "true or false");
    }

    /// <summary>Null when absent or null.</summary>
    public IReadOnlyList<string>? Strings(string name, int maxCount, int maxLength)
    {
        if (!TryGet(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount) throw WrongType(name, $"a list of at most {maxCount} strings");
        var items = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 } text || text.Length > maxLength)
                throw WrongType(name, $"a list of strings of 1 to {maxLength} characters");
            items.Add(text);
        }

        return items;
    }

    /// <summary>Whether the field is there, even as null.</summary>
    public bool Names(string name)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out _);
    }

    /// <summary>A value that has a reader of its own. Null when absent or null.</summary>
    public JsonElement? Json(string name) => TryGet(name, out var value) ? value : null;

    public bool Has(string name) => TryGet(name, out _);

    /// <summary>Null when absent or null.</summary>
    public JsonFields? Object(string name)
    {
        if (!TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Object ? new JsonFields(value, PathOf(name)) : throw WrongType(name, "an object");
    }

    /// <summary>A list of objects. Null when absent or null.</summary>
    public IReadOnlyList<JsonFields>? Objects(string name, int maxCount)
    {
        if (!TryGet(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount) throw WrongType(name, $"a list of at most {maxCount} objects");
        return [.. value.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Object ? new JsonFields(item, $"{PathOf(name)}[{i}]") : throw WrongType($"{name}[{i}]", "an object"))];
    }

    /// <summary>As <see cref="RejectUnknown"/>, for an object whose readers know different names.</summary>
    public void RejectUnknownOf(IEnumerable<string> known)
    {
        _known.UnionWith(known);
        RejectUnknown();
    }

    /// <exception cref="GatewayException">400 naming the first field that was not read.</exception>
    public void RejectUnknown()
    {
        foreach (var property in element.EnumerateObject())
        {
            if (_known.Contains(property.Name)) continue;
            var shown = PathOf(property.Name.Length > 64 ? property.Name[..64] : property.Name);
            throw GatewayException.Invalid(shown, $"'{shown}' is not a known field; known are: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.", "unknown_field");
        }
    }

    private bool TryGet(string name, out JsonElement value)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private GatewayException WrongType(string name, string expected) =>
        GatewayException.Invalid(PathOf(name), $"'{PathOf(name)}' must be {expected}.", "invalid_type");
}
