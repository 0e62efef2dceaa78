namespace Serverless.Contracts.OpenAI;

public sealed record ChatChoice(int Index, ChatMessage Message, string? FinishReason);
