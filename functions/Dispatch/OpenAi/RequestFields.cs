using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>Fields of a request's body by name and type. A field that is null is one that is not there; one of another type is refused by its name.</summary>
internal readonly struct RequestFields
{
    private readonly JsonElement _body;
    private readonly string _prefix;

    // Which names may be there, by length and first letter: most of those that are asked for are not, and need not be searched for.
    private readonly ulong _may;

    /// <param name="prefix">Before each name in what is refused.</param>
    public RequestFields(JsonElement body, string prefix = "")
    {
        (_body, _prefix) = (body, prefix);
        if (body.ValueKind != JsonValueKind.Object)
        {
            _may = ulong.MaxValue;
            return;
        }

        foreach (var field in body.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(field);
            // One that is escaped may be any.
            _may |= name.Contains((byte)'\\') ? ulong.MaxValue : name.Length == 0 ? 1 : Bit(name[0], name.Length);
        }
    }

    public bool Has(string name) => Element(name) is not null;

    /// <summary>Whether one of these may be there, even as null.</summary>
    /// <param name="bits">Of <see cref="BitsOf"/>.</param>
    public bool MayHaveAny(ulong bits) => (_may & bits) != 0;

    /// <summary>Some names together, for <see cref="MayHaveAny"/>.</summary>
    public static ulong BitsOf(IEnumerable<string> names) => names.Aggregate(0UL, (bits, name) => bits | BitOf(name));

    public JsonElement? Element(string name) => (_may & BitOf(name)) != 0 && _body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static ulong Bit(byte first, int length) => 1UL << (((first * 5) + length) & 63);

    private static ulong BitOf(string name) => name.Length == 0 ? 1 : Ascii.IsValid(name) ? Bit((byte)name[0], name.Length) : ulong.MaxValue;

    public double? Number(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : throw Wrong(name, "a number");
    }

    public int? Integer(string name)
    {
        if (Element(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return number;
        return Whole(value) is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : throw NoInteger(name, value, int.MinValue, int.MaxValue);
    }

    public long? Long(string name)
    {
        if (Element(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : Whole(value) ?? throw NoInteger(name, value, long.MinValue, long.MaxValue);
    }

    /// <summary>A whole number that is not written as one: 16.0 and 1e2 are integers in JSON too, and clients without integers write them so.</summary>
    private static long? Whole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.Truncate(number) == number && number is >= long.MinValue and <= long.MaxValue ? (long)number : null;

    // Seeds of 64 bits without a sign are integers, and so is 10¹².
    private GatewayException NoInteger(string name, JsonElement value, long least, long most) =>
        Wrong(name, value.ValueKind == JsonValueKind.Number && !value.GetRawText().AsSpan(1).ContainsAnyExceptInRange('0', '9') ? string.Create(CultureInfo.InvariantCulture, $"an integer from {least} to {most}") : "an integer");

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

    public GatewayException Wrong(string name, string expected) => GatewayException.Invalid(_prefix + name, $"'{_prefix}{name}' must be {expected}.", "invalid_type");
}
