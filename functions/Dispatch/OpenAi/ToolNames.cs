using System.Text.Json;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What a tool, or the choice of one, is called in OpenAI's chats, and of which type it is.</summary>
internal static class ToolNames
{
    /// <param name="tool"><c>{type: function, function: {name}}</c>, <c>{type: custom, custom: {name}}</c>.</param>
    /// <returns>Null where it has no name.</returns>
    public static string? Of(JsonElement tool) =>
        VendorJson.Text(AnthropicTools.IsType(VendorJson.Text(tool, "type")) ? tool : VendorJson.Object(tool, "function") ?? VendorJson.Object(tool, CustomTools.Type), "name");

    /// <summary>The place of the first of <c>tools</c> of a type; null for none.</summary>
    public static int? First(JsonElement? tools, Func<string?, bool> isType)
    {
        if (tools is not { } all) return null;
        var i = 0;
        foreach (var tool in all.EnumerateArray())
        {
            if (isType(VendorJson.Text(tool, "type"))) return i;
            i++;
        }

        return null;
    }
}
