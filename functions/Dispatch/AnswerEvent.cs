using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>Something that happened to an answer: text arrived, or it is complete.</summary>
public abstract record AnswerEvent
{
    /// <summary>What the prompt took, on the first event of an answer whose provider tells it that early; null otherwise. The end tells it again.</summary>
    public Usage? Prompt { get; init; }
}
