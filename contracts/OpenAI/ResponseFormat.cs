using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>OpenAI's <c>response_format</c>.</summary>
/// <param name="Type"><c>text</c>, <c>json_object</c> or <c>json_schema</c>.</param>
/// <param name="JsonSchema">With <c>json_schema</c>.</param>
/// <param name="Schema">A schema without more about it, with <c>json_object</c> or in place of <paramref name="JsonSchema"/>, as llama.cpp's server, Together and Fireworks have it.</param>
public sealed record ResponseFormat(string? Type = null, ResponseSchema? JsonSchema = null, JsonElement? Schema = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ResponseFormat);
}
