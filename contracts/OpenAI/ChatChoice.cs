namespace Serverless.Contracts.OpenAI;

public sealed record ChatChoice(int Index, ChatMessage Message, string? FinishReason, ChatLogprobs? Logprobs = null, IReadOnlyList<int>? TokenIds = null);
