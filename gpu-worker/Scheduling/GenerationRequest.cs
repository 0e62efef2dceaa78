using Serverless.Contracts;
using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>One sequence to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt's ids, BOS included; 1 to the model's context less 1.</summary>
    public required int[] PromptTokens { get; init; }

    /// <summary>
    /// Tokens of the answer that exist already, from a run that was cut off: the sequence goes on after them exactly as if it had not been. They
    /// are not yielded again, and count as generated: for <see cref="MaxTokens"/>, which must exceed their number, for penalties and for constraints.
    /// </summary>
    public int[] PriorTokens { get; init; } = [];

    /// <summary>Most tokens of the answer, <see cref="PriorTokens"/> included; 1 to the context less the prompt.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Tokens of the answer before which neither EOS nor a stop token is chosen; 0 to <see cref="MaxTokens"/>.</summary>
    public int MinTokens { get; init; }

    /// <summary>Whether EOS is never chosen. Not with a form or quotes, after which nothing else may come.</summary>
    public bool IgnoresEos { get; init; }

    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>
    /// How many of the likeliest tokens to tell with each of the prompt's, 0..20, on the first generated token; null tells nothing of them. Such a prompt is computed whole, whatever the cache holds of it.
    /// </summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Ids that end the sequence besides EOS.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Among the waiting requests of one client the lower number goes first, -100..100; equal ones in the order of arrival.</summary>
    public int Priority { get; init; }

    /// <summary>When the answer is of no more use, by <see cref="SteadyTime"/>: the request is then ended with <see cref="DeadlineExceededException"/>. Null for never.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Whether the last token is to carry the sequence's <see cref="SequenceTimes"/>.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Whether the first token is to carry how many of the prompt's were in the cache.</summary>
    public bool TellsCachedTokens { get; init; }

    /// <summary>Whom the work is for: fairness, cache isolation. Opaque.</summary>
    public string ClientId { get; init; } = "anonymous";
}
