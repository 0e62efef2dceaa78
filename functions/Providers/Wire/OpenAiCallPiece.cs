using System.Text.Json;

namespace Serverless.Functions.Providers;

/// <summary>What one document says of a call of a tool: all of it, or a piece that others follow.</summary>
/// <param name="Number">Of the call, where calls are numbered.</param>
internal readonly record struct OpenAiCallPiece(int? Number, string? Id, string? Name, string Arguments, JsonElement? Extra)
{
    public bool IsCustom { get; init; }
}
