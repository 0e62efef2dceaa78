using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// What references of a schema's text lead to within it: pointers, names (<c>$anchor</c>, <c>$dynamicAnchor</c>, and <c>$id: "#name"</c> of draft 7 and before), and addresses that the text
/// gives to its whole or to a part (<c>$id</c>), with either behind them (JSON Schema 2020-12, section 8.2). Nothing is fetched. Two things of one name are none.
/// </summary>
internal sealed class SchemaNames
{
    // Addresses are compared only: what has none is at one that nobody gives.
    private static readonly Uri Nowhere = new("schema://none/");

    private readonly JsonElement _root;
    private readonly Uri _base;
    private readonly Dictionary<string, JsonElement?> _anchors = [];
    private readonly Dictionary<string, JsonElement?> _resources = [];

    public SchemaNames(JsonElement root)
    {
        _root = root;
        _base = AddressOf(root) is { } own && Uri.TryCreate(Nowhere, own, out var address) ? address : Nowhere;
        Gather(root);
        _resources[Key(_base)] = root;
    }

    /// <summary>The element, or null where the text has none of that name.</summary>
    public JsonElement? Find(string reference)
    {
        int hash = reference.IndexOf('#', StringComparison.Ordinal);
        string address = hash < 0 ? reference : reference[..hash], fragment = hash < 0 ? "" : reference[(hash + 1)..];
        var resource = address.Length == 0 ? _root : Uri.TryCreate(_base, address, out var absolute) ? _resources.GetValueOrDefault(Key(absolute)) : null;
        if (resource is not { } within)
            return null;

        return fragment.Length == 0 || fragment[0] == '/' ? SchemaPointer.Find(within, "#" + fragment) : _anchors.GetValueOrDefault(Uri.UnescapeDataString(fragment));
    }

    private void Gather(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Gather(item);
        }
        if (element.ValueKind != JsonValueKind.Object)
            return;

        foreach (var member in element.EnumerateObject())
        {
            bool isText = member.Value.ValueKind == JsonValueKind.String;
            if (member.Name is "$anchor" or "$dynamicAnchor" && isText)
                Add(_anchors, member.Value.GetString()!, element);
            else if (member.Name is "$id" or "id" && isText && member.Value.GetString() is ['#', _, ..] name)
                Add(_anchors, name[1..], element);
            else if (member.Name == "$id" && isText && Uri.TryCreate(_base, member.Value.GetString(), out var address))
                Add(_resources, Key(address), element);
            // Values may look like schemas and are none.
            else if (member.Name is not ("const" or "enum" or "default" or "example" or "examples"))
                Gather(member.Value);
        }
    }

    /// <summary>The schema may have both of one name (<c>$anchor</c> and <c>$dynamicAnchor</c>).</summary>
    private static void Add(Dictionary<string, JsonElement?> named, string name, JsonElement schema) =>
        named[name] = named.TryGetValue(name, out var other) && !(other is { } same && JsonElement.DeepEquals(same, schema)) ? null : schema;

    private static string? AddressOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    private static string Key(Uri address) => address.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.Fragment, UriFormat.UriEscaped);
}
