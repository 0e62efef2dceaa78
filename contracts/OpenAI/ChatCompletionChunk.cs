namespace Serverless.Contracts.OpenAI;

/// <summary>One server-sent event of a streamed chat completion; <c>object</c> is <c>chat.completion.chunk</c>. The stream ends with <c>data: [DONE]</c>.</summary>
public sealed record ChatCompletionChunk(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices, Usage? Usage = null);
