using System.Text.Json;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What a tool, or the choice of one, is called in OpenAI's chats.</summary>
internal static class ToolNames
{
    /// <param name="tool"><c>{type: function, function: {name}}</c>, <c>{type: custom, custom: {name}}</c>.</param>
    /// <returns>Null where it has no name.</returns>
    public static string? Of(JsonElement tool) =>
        VendorJson.Text(AnthropicTools.IsType(VendorJson.Text(tool, "type")) ? tool : VendorJson.Object(tool, "function") ?? VendorJson.Object(tool, CustomTools.Type), "name");
}
