using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>The next piece of the answer.</summary>
public sealed record AnswerText(string Text) : AnswerEvent
{
    /// <summary>Which of several answers it belongs to; from 0.</summary>
    public int Index { get; init; }

    /// <summary>The model's tokens that have come with the piece, whose text may be empty as yet; null where the provider does not tell them.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>The piece's log probabilities in OpenAI's shape of a chat's or a completion's <c>logprobs</c>; null where none were asked for.</summary>
    public JsonElement? Logprobs { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
