using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Places within a schema's own document (JSON Pointer in a URI fragment, RFC 6901): what a <c>$ref</c> points to, and where an element stands.</summary>
internal static class SchemaPointer
{
    /// <summary>The element, or null where there is none or the reference leads elsewhere.</summary>
    public static JsonElement? Find(JsonElement root, string reference)
    {
        if (reference == "#")
            return root;
        if (!reference.StartsWith("#/", StringComparison.Ordinal))
            return null;

        JsonElement? at = root;
        foreach (string part in Uri.UnescapeDataString(reference[2..]).Split('/'))
            at = at is { } parent ? Member(parent, part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)) : null;

        return at;
    }

    /// <summary>The byte of the document at which an element begins: what tells it from all others; null where it is of another document.</summary>
    public static int? TryOffsetOf(JsonElement root, JsonElement element) =>
        JsonMarshal.GetRawUtf8Value(root).Overlaps(JsonMarshal.GetRawUtf8Value(element), out int offset) ? offset : null;

    /// <summary>Bytes of an element.</summary>
    public static int LengthOf(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).Length;

    /// <summary>The pointer that <see cref="Find"/> finds an element by.</summary>
    public static string Exact(JsonElement root, JsonElement element) =>
        To(root, element, name => Uri.EscapeDataString(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));

    /// <summary>The pointer to an element, for an error: names that may be content are <c>*</c>.</summary>
    public static string To(JsonElement root, JsonElement element) => To(root, element, name => Printable(name, "*"));

    private static string To(JsonElement root, JsonElement element, Func<string, string> written)
    {
        int offset = TryOffsetOf(root, element) ?? throw new ArgumentException("The element is of another document.", nameof(element));
        var pointer = new StringBuilder("#");
        for (var at = root; TryOffsetOf(root, at) != offset;)
        {
            var (name, child) = Children(at).Last(child => TryOffsetOf(root, child.Value) <= offset);
            pointer.Append('/').Append(written(name));
            at = child;
        }
        return pointer.ToString();
    }

    /// <summary>A name as an error shows it: content of the request may stand in its place.</summary>
    public static string Printable(string name, string otherwise) =>
        name.Length is > 0 and <= 32 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '$' or '_' or '-') ? name : otherwise;

    private static IEnumerable<(string Name, JsonElement Value)> Children(JsonElement parent) => parent.ValueKind == JsonValueKind.Object
        ? parent.EnumerateObject().Select(member => (member.Name, member.Value))
        : parent.EnumerateArray().Select((item, index) => (index.ToString(CultureInfo.InvariantCulture), item));

    private static JsonElement? Member(JsonElement parent, string name)
    {
        if (parent.ValueKind == JsonValueKind.Object)
            return parent.TryGetProperty(name, out var member) ? member : null;

        return parent.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < parent.GetArrayLength()
            ? parent[index]
            : null;
    }
}
