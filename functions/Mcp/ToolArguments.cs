using System.Text.Json;

namespace Serverless.Functions.Mcp;

/// <summary>Arguments as the object that they are on the wire.</summary>
internal static class ToolArguments
{
    private static readonly JsonElement None = JsonElement.Parse("{}");

    public static JsonElement Of(IDictionary<string, JsonElement>? arguments) => arguments is { Count: > 0 } ? JsonSerializer.SerializeToElement(arguments) : None;
}
