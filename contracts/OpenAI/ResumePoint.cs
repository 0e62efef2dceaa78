namespace Serverless.Contracts.OpenAI;

/// <summary>How far an answer had come when it was cut off.</summary>
/// <param name="TokenIds">Its tokens, as <c>return_token_ids</c> told them. They are not sent again, and count for limits and usage.</param>
public sealed record ResumePoint(IReadOnlyList<int>? TokenIds = null)
{
    /// <summary>
    /// Header of the answer to a request that is resumed: the number of tokens after which it goes on. A server that does not know the field
    /// would begin anew and not send it.
    /// </summary>
    public const string AcknowledgementHeader = "x-resumed-tokens";

    /// <summary>Answers never reach a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(ResumePoint)} [{TokenIds?.Count ?? 0} tokens]";
}
