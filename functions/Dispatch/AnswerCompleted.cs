using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Dispatch;

/// <summary>The end of an answer.</summary>
/// <param name="FinishReason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c>; of the first answer where there are several.</param>
/// <param name="Usage">Null when the provider does not count and could not be counted for.</param>
/// <param name="Citations">The passages that a rag route put into the prompt; empty for other routes.</param>
/// <param name="Model">The model that answered, as it names itself.</param>
public sealed record AnswerCompleted(string FinishReason, Usage? Usage, IReadOnlyList<Citation> Citations, string Model) : AnswerEvent
{
    /// <summary>Whether the documents of a rag route held an answer; false where it said that they do not and asked no model. Null for other routes.</summary>
    public bool? Answered { get; init; }

    /// <summary>Why each of several answers ended, by index; null where there is one.</summary>
    public IReadOnlyList<string>? FinishReasons { get; init; }

    /// <summary>The stop string that ended the answer, which no text of it holds; null where none did, or nobody says which.</summary>
    public string? StopString { get; init; }

    /// <summary>The tier of processing that the provider says it used (<c>default</c>, <c>flex</c>, <c>priority</c>); null where it does not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>What the provider calls the configuration that answered, with which a seed gives the same text; null where it does not say.</summary>
    public string? SystemFingerprint { get; init; }

    /// <summary>Why the answer of an index ended.</summary>
    public string ReasonOf(int index) => FinishReasons is { } all && index < all.Count ? all[index] : FinishReason;
}
