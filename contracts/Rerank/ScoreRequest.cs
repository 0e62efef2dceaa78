using System.Text.Json.Serialization;
using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Rerank;

/// <summary>The body of <c>POST /v1/score</c>, as vLLM has it: pairs of texts, one with each of several or each with its own, under older or newer names.</summary>
public sealed record ScoreRequest
{
    public string? Model { get; init; }

    [JsonPropertyName("text_1")]
    public StringOrList? Text1 { get; init; }

    [JsonPropertyName("text_2")]
    public StringOrList? Text2 { get; init; }

    /// <summary>The newer name of <see cref="Text1"/>.</summary>
    public StringOrList? Queries { get; init; }

    /// <summary>The newer name of <see cref="Text2"/>.</summary>
    public StringOrList? Documents { get; init; }

    public string? User { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => nameof(ScoreRequest);
}
