using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>vLLM's <c>structured_outputs</c>: one of these says what the answer is to be.</summary>
/// <param name="Json">A JSON schema, as an object or as its text.</param>
/// <param name="JsonObject">Whether any JSON object will do.</param>
/// <param name="Regex">What matches the answer as a whole.</param>
/// <param name="Choice">Texts of which the answer is one.</param>
/// <param name="Grammar">A grammar in llama.cpp's notation (GBNF).</param>
public sealed record StructuredOutputs(JsonElement? Json = null, bool? JsonObject = null, string? Regex = null, IReadOnlyList<string>? Choice = null, string? Grammar = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(StructuredOutputs);
}
