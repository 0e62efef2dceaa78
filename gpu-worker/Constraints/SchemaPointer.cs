using System.Globalization;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Finds what a <c>$ref</c> points to within its own document (JSON Pointer in a URI fragment, RFC 6901).</summary>
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

    private static JsonElement? Member(JsonElement parent, string name)
    {
        if (parent.ValueKind == JsonValueKind.Object)
            return parent.TryGetProperty(name, out var member) ? member : null;

        return parent.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < parent.GetArrayLength()
            ? parent[index]
            : null;
    }
}
