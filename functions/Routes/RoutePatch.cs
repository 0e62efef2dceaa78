using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Routes;

/// <summary>Applies a JSON merge patch (RFC 7396) to a version of a route, as if the whole route had been sent.</summary>
internal static class RoutePatch
{
    /// <exception cref="GatewayException">400 when the patch would change the name or the type.</exception>
    public static JsonElement Apply(string name, RouteVersion version, JsonElement patch)
    {
        var target = ToRequest(name, version);
        foreach (var fixedField in (string[])["name", "route_type"])
        {
            if (patch.TryGetProperty(fixedField, out var given) && !(given.ValueKind == JsonValueKind.String && given.GetString() == (string?)target[fixedField]))
                throw GatewayException.Invalid(fixedField, $"'{fixedField}' of a route cannot be changed; create another route.", "immutable_field");
        }

        // A new provider does not inherit the old one's block.
        if (patch.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.Object
            && model.TryGetProperty("provider", out var provider) && provider.ValueKind == JsonValueKind.String
            && provider.GetString() != version.Model?.Provider && target["model"] is JsonObject old)
        {
            target["model"] = new JsonObject { ["name"] = old["name"]?.DeepClone() };
        }

        Merge(target, patch);
        return JsonSerializer.SerializeToElement(target, WireJson.Options);
    }

    private static JsonObject ToRequest(string name, RouteVersion version)
    {
        var request = new JsonObject { ["name"] = name, ["route_type"] = version.RouteType };
        if (version.Model is { } model)
        {
            var node = new JsonObject { ["provider"] = model.Provider, ["name"] = model.Name };
            var word = model.Provider.Replace('-', '_');
            if (model.ApiBase is { } apiBase) node[$"{word}_config"] = new JsonObject { [$"{word}_api_base"] = apiBase };
            request["model"] = node;
        }

        if (version.Rag is { } rag) request["rag"] = JsonSerializer.SerializeToNode(rag, WireJson.Options);
        if (version.Instructions is { } instructions) request["instructions"] = JsonSerializer.SerializeToNode(instructions, WireJson.Options);
        return request;
    }

    private static void Merge(JsonObject target, JsonElement patch)
    {
        foreach (var property in patch.EnumerateObject())
        {
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Null:
                    target.Remove(property.Name);
                    break;
                case JsonValueKind.Object:
                    if (target[property.Name] is not JsonObject inner) target[property.Name] = inner = [];
                    Merge(inner, property.Value);
                    break;
                default:
                    target[property.Name] = JsonSerializer.SerializeToNode(property.Value);
                    break;
            }
        }
    }
}
