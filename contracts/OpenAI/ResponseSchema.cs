using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>The schema of a <see cref="ResponseFormat"/>.</summary>
/// <param name="Name">1..64 letters, digits, <c>_</c> and <c>-</c>.</param>
/// <param name="Schema">A JSON schema.</param>
/// <param name="Strict">Schemas are always kept to here, so that either value is taken.</param>
public sealed record ResponseSchema(string? Name = null, JsonElement? Schema = null, bool? Strict = null, string? Description = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ResponseSchema);
}
