using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Hosting;

/// <summary>A JSON merge patch (RFC 7396).</summary>
internal static class MergePatch
{
    /// <param name="patch">An object.</param>
    public static void Apply(JsonObject target, JsonElement patch)
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (var property in patch.EnumerateObject())
        {
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Null:
                    target.Remove(property.Name);
                    break;
                case JsonValueKind.Object:
                    if (target[property.Name] is not JsonObject inner) target[property.Name] = inner = [];
                    Apply(inner, property.Value);
                    break;
                default:
                    target[property.Name] = JsonSerializer.SerializeToNode(property.Value);
                    break;
            }
        }
    }
}
