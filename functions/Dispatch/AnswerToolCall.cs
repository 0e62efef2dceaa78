using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>A piece of a call of a tool: the first has id and name, each has more of the arguments.</summary>
/// <param name="Index">Which of several answers it belongs to; from 0.</param>
/// <param name="Call">Which of that answer's calls; from 0.</param>
public sealed record AnswerToolCall(int Index, int Call, string? Id, string? Name, string Arguments) : AnswerEvent
{
    /// <summary>The call's <c>extra_content</c>, which its next turn must bring back as it is; null for none.</summary>
    public JsonElement? Extra { get; init; }

    /// <summary>Whether a custom tool is called: the arguments are its input, any text.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"tool call [{Arguments.Length} chars]";
}
