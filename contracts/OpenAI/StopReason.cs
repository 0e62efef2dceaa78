using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>What an answer was stopped by, as vLLM tells it: one of the request's stop strings or of its stop tokens. One of the two is given.</summary>
[JsonConverter(typeof(StopReasonConverter))]
public readonly record struct StopReason(string? Text, int? Token)
{
    public static implicit operator StopReason(string text) => new(text, null);

    public static implicit operator StopReason(int token) => new(null, token);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => Token is { } token ? $"token {token}" : $"[{Text?.Length ?? 0} chars]";
}
