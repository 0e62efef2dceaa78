using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's custom tools, whose input is any text, or one of a grammar: <c>{type: custom, custom: {name, description?, format?}}</c>. Who has none cannot be asked for one.</summary>
internal static class CustomTools
{
    public const string Type = "custom";

    /// <summary>The place of the first of them in <c>tools</c>; null for none.</summary>
    public static int? First(JsonElement? tools) => ToolNames.First(tools, static type => type == Type);
}
