using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// OpenAI's <c>tool_choice: {type: allowed_tools, allowed_tools: {mode, tools}}</c>: of the tools that are told, some may be called. To who does not have it the others are not told, which
/// asks for the same.
/// </summary>
internal static class AllowedTools
{
    public const string Name = "allowed_tools";

    public static bool IsChoice(JsonElement choice) => VendorJson.Text(choice, "type") == Name;

    /// <returns>The choice.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static JsonElement Check(JsonElement choice, JsonElement tools)
    {
        const string Path = "tool_choice.allowed_tools";
        var given = new RequestFields(choice, "tool_choice.");
        var fields = new RequestFields(given.Object(Name) ?? throw given.Wrong(Name, "an object"), Path + ".");
        if (fields.Text("mode") is not ("auto" or "required")) throw GatewayException.Invalid($"{Path}.mode", $"'{Path}.mode' must be auto or required.");
        var allowed = fields.Array("tools") ?? throw fields.Wrong("tools", "a list of tools");
        if (allowed.GetArrayLength() == 0) throw GatewayException.Invalid($"{Path}.tools", $"'{Path}.tools' must name one tool at least.");
        var known = tools.EnumerateArray().Select(ToolNames.Of).ToHashSet(StringComparer.Ordinal);
        var i = 0;
        foreach (var tool in allowed.EnumerateArray())
        {
            if (ToolNames.Of(tool) is not { } name || !known.Contains(name)) throw GatewayException.Invalid($"{Path}.tools[{i}]", $"'{Path}.tools[{i}]' must be one of 'tools'.");
            i++;
        }

        return choice;
    }

    /// <summary>The same for who does not have such a choice: the tools that may be called, and <c>auto</c> or <c>required</c>.</summary>
    public static GenerationSettings Applied(GenerationSettings settings)
    {
        if (settings.ToolChoice is not { ValueKind: JsonValueKind.Object } choice || settings.Tools is not { } tools || !IsChoice(choice)) return settings;
        var given = VendorJson.Object(choice, Name);
        var names = VendorJson.Items(given, "tools").Select(ToolNames.Of).ToHashSet(StringComparer.Ordinal);
        var left = tools.EnumerateArray().Where(tool => names.Contains(ToolNames.Of(tool)));
        return settings with
        {
            Tools = JsonSerializer.SerializeToElement(new JsonArray([.. left.Select(tool => JsonSerializer.SerializeToNode(tool))]), WireJson.Options),
            ToolChoice = JsonSerializer.SerializeToElement(VendorJson.Text(given, "mode")),
        };
    }
}
