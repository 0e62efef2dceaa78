namespace Serverless.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/completions</c> and, when streamed, each of its chunks; <c>object</c> is <c>text_completion</c>.</summary>
public sealed record CompletionResponse(string Id, string Object, long Created, string Model, IReadOnlyList<CompletionChoice> Choices, Usage? Usage = null);
