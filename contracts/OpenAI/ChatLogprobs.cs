namespace Serverless.Contracts.OpenAI;

/// <summary>Log probabilities of a chat choice's tokens, in order.</summary>
public sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(ChatLogprobs)} [{Content.Count} tokens]";
}
