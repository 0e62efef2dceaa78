using System.Globalization;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using Serverless.Contracts;

namespace Serverless.Functions.Mcp;

/// <summary>What a call of a tool gives back.</summary>
internal static class ToolResults
{
    /// <summary>A value as structured content and, for clients that do not read that, as JSON in one block of text.</summary>
    public static CallToolResult Of<T>(T value)
        where T : notnull
    {
        var json = JsonSerializer.SerializeToElement(value, WireJson.Options);
        return Of(json, json.GetRawText());
    }

    /// <summary>Structured content beside words for a model to read.</summary>
    public static CallToolResult Of(JsonElement structured, string text) => new() { StructuredContent = structured, Content = [new TextContentBlock { Text = text }] };

    /// <summary>A refusal that a model can act on: its code, what is wrong with which argument, and how long to wait.</summary>
    public static CallToolResult Refused(ErrorDetail error, TimeSpan? retryAfter)
    {
        var text = $"{error.Code}: {error.Message}";
        if (retryAfter is { } wait) text += string.Create(CultureInfo.InvariantCulture, $" Try again in {Math.Max(1, Math.Ceiling(wait.TotalSeconds)):0} seconds.");
        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = text }] };
    }
}
