using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>The tools of a response's request as a chat has them, those of a namespace one after the other in its place.</summary>
internal static class ResponseTools
{
    /// <param name="places">Takes where in the request each of the chat's tools comes from: <c>tools[3]</c>, <c>tools[3].tools[0]</c>.</param>
    /// <exception cref="GatewayException">400 naming the tool's field.</exception>
    public static JsonArray Of(JsonElement tools, ResponseNamespaces namespaces, List<string> places)
    {
        var mapped = new JsonArray();
        var i = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var path = $"tools[{i++}]";
            if (tool.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
            if (VendorJson.Text(tool, "type") == ResponseNamespaces.Type) AddAll(mapped, tool, path, namespaces, places);
            else Add(mapped, tool, path, null, namespaces, places);
        }

        return mapped;
    }

    public static JsonNode? Choice(JsonElement choice, ResponseNamespaces namespaces)
    {
        if (choice.ValueKind != JsonValueKind.Object) return JsonSerializer.SerializeToNode(choice);
        if (AllowedTools.IsChoice(choice))
        {
            var allowed = new JsonObject { ["mode"] = VendorJson.Text(choice, "mode"), ["tools"] = new JsonArray([.. VendorJson.Items(choice, "tools").Select(tool => Named(tool, namespaces))]) };
            return new JsonObject { ["type"] = AllowedTools.Name, [AllowedTools.Name] = allowed };
        }

        return Named(choice, namespaces);
    }

    private static void AddAll(JsonArray mapped, JsonElement given, string path, ResponseNamespaces namespaces, List<string> places)
    {
        var fields = new RequestFields(given, path + ".");
        var name = fields.Text("name") ?? throw fields.Wrong("name", "a string");
        var tools = fields.Array("tools") ?? throw fields.Wrong("tools", "a list of tools");
        // What the namespace is for stands before its first tool, once.
        var about = fields.Text("description") is { Length: > 0 } words ? $"{name}: {words}" : null;
        var i = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var place = $"{path}.tools[{i++}]";
            if (tool.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(place, $"'{place}' must be an object.", "invalid_type");
            var function = Add(mapped, tool, place, name, namespaces, places);
            if (about is not null) function["description"] = (string?)function["description"] is { Length: > 0 } own ? $"{about}\n\n{own}" : about;
            about = null;
        }
    }

    /// <returns>What the chat's tool has under its type.</returns>
    private static JsonObject Add(JsonArray mapped, JsonElement tool, string path, string? space, ResponseNamespaces namespaces, List<string> places)
    {
        var fields = new RequestFields(tool, path + ".");
        var type = fields.Text("type");
        if (type is not ("function" or CustomTools.Type)) throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be function, custom or, of tools together, namespace.", "unsupported_parameter");
        var function = new JsonObject();
        foreach (var name in type == CustomTools.Type ? (string[])["name", "description"] : ["name", "description", "parameters", "strict"])
        {
            if (fields.Element(name) is { } value) function[name] = JsonSerializer.SerializeToNode(value);
        }

        if (space is not null && fields.Text("name") is { } own) function["name"] = namespaces.Told(space, own);

        // A chat has a grammar in an object of its own.
        if (type == CustomTools.Type && fields.Object("format") is { } format)
        {
            function["format"] = VendorJson.Text(format, "type") == "grammar"
                ? new JsonObject { ["type"] = "grammar", ["grammar"] = new JsonObject(format.EnumerateObject().Where(member => member.Name != "type").Select(member => KeyValuePair.Create(member.Name, JsonSerializer.SerializeToNode(member.Value)))) }
                : JsonSerializer.SerializeToNode(format);
        }

        mapped.Add(new JsonObject { ["type"] = type, [type] = function });
        places.Add(path);
        return function;
    }

    /// <summary>A tool by its name, which a chat has in an object of the tool's type.</summary>
    private static JsonNode? Named(JsonElement tool, ResponseNamespaces namespaces)
    {
        if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("name", out var name)) return JsonSerializer.SerializeToNode(tool);
        var type = VendorJson.Text(tool, "type") == CustomTools.Type ? CustomTools.Type : "function";
        var told = VendorJson.Text(tool, "namespace") is { } space && name.ValueKind == JsonValueKind.String ? namespaces.Told(space, name.GetString()) : JsonSerializer.SerializeToNode(name);
        return new JsonObject { ["type"] = type, [type] = new JsonObject { ["name"] = told } };
    }
}
