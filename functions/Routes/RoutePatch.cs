using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Routes;

/// <summary>Applies a JSON merge patch (RFC 7396) to a version of a route, as if the whole route had been sent.</summary>
internal sealed class RoutePatch(ProviderCatalog providers)
{
    /// <exception cref="GatewayException">400 when the patch would change the name or the type.</exception>
    public JsonElement Apply(string name, RouteVersion version, JsonElement patch)
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

        // A route has one model or several targets: whichever is sent stands.
        if (patch.TryGetProperty("targets", out var targets) && targets.ValueKind == JsonValueKind.Array) target.Remove("model");
        else if (patch.TryGetProperty("model", out _)) target.Remove("targets");

        MergePatch.Apply(target, patch);
        KeepAccounts(target, version);
        return JsonSerializer.SerializeToElement(target, WireJson.Options);
    }

    private JsonObject ToRequest(string name, RouteVersion version)
    {
        var request = new JsonObject { ["name"] = name, ["route_type"] = version.RouteType };
        if (version.Model is { } model)
        {
            if (version.Targets is { } targets)
                request["targets"] = new JsonArray([.. targets.Select(Target)]);
            else
                request["model"] = Model(model);
        }

        if (version.Routing is { } routing) request["routing"] = JsonSerializer.SerializeToNode(routing, WireJson.Options);

        if (version.Rag is { } rag) request["rag"] = JsonSerializer.SerializeToNode(rag, WireJson.Options);
        if (version.Guards is { } guards) request["guards"] = JsonSerializer.SerializeToNode(guards, WireJson.Options);
        if (version.Cache is { } cache) request["cache"] = JsonSerializer.SerializeToNode(cache, WireJson.Options);
        if (version.Instructions is { } instructions) request["instructions"] = JsonSerializer.SerializeToNode(instructions, WireJson.Options);
        return request;
    }

    private JsonObject Target(RouteTarget target)
    {
        var node = new JsonObject { ["model"] = Model(target.Model), ["weight"] = target.Weight, ["priority"] = target.Priority };
        if (target.ConnectSeconds is { } connect) node["connect_seconds"] = connect;
        if (target.FirstTokenSeconds is { } first) node["first_token_seconds"] = first;
        if (target.IdleSeconds is { } idle) node["idle_seconds"] = idle;
        return node;
    }

    private JsonObject Model(RouteModel model)
    {
        var node = new JsonObject { ["provider"] = model.Provider, ["name"] = model.Name };
        if (model.Account is { } account) node["account"] = account;
        var block = new JsonObject();
        if (model.ApiBase is { } apiBase) block[providers.Get(model.Provider).Config.First(f => f.Kind == ConfigFieldKind.ApiBase).Name] = apiBase;
        foreach (var (name, value) in model.Config ?? new Dictionary<string, string>()) block[name] = value;
        if (block.Count > 0) node[ProviderCatalog.BlockOf(model.Provider)] = block;
        return node;
    }

    /// <summary>A target that is sent again without its key, and without its account's name, has the account that it had at its place.</summary>
    private static void KeepAccounts(JsonObject request, RouteVersion version)
    {
        if (version.Targets is not { } before || request["targets"] is not JsonArray targets) return;
        foreach (var (target, known) in targets.Zip(before))
        {
            if ((target as JsonObject)?["model"] is not JsonObject model || model.ContainsKey("account") || known.Model.Account is not { } account) continue;
            if (IsText(model["provider"], known.Model.Provider) && IsText(model["name"], known.Model.Name)) model["account"] = account;
        }
    }

    private static bool IsText(JsonNode? node, string text) => node is JsonValue value && value.TryGetValue(out string? given) && given == text;
}
