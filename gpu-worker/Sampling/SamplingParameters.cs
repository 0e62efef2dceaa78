using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;

namespace Serverless.GpuWorker.Sampling;

/// <summary>How the next token is chosen. Values are validated at the API; the sampler assumes the stated ranges.</summary>
public sealed record SamplingParameters
{
    /// <summary>0 (greedy) to 2.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Over 0 to 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>At least 1; 0 means no limit.</summary>
    public int TopK { get; init; }

    /// <summary>Sampling noise is a function of (seed, position) only.</summary>
    public ulong Seed { get; init; }

    /// <summary>-2..2.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>-2..2.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Tokens less likely than this share of the likeliest one's probability are not chosen, 0..1; 0 means no limit.</summary>
    public float MinP { get; init; }

    /// <summary>Divides the positive and multiplies the negative scores of tokens that prompt or answer hold (Keskar et al., arXiv:1909.05858); over 0 to 2, 1 for none.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Added to the scores of tokens, by id; -100..100, where -100 bans a token and 100 leaves nothing but such tokens, as OpenAI says. At most 300 entries.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Tokens that do not come in a row in the answer; each at least one. Not together with <see cref="Form"/> or <see cref="Quotes"/>. Content of the request: never logged.</summary>
    public IReadOnlyList<int[]>? BadWords { get; init; }

    /// <summary>How many of the likeliest tokens to report with each chosen one, 0..20; null reports nothing.</summary>
    public int? Logprobs { get; init; }

    /// <summary>What the answer is to be; null for any text. Content of the request: never logged.</summary>
    public AnswerForm? Form { get; init; }

    /// <summary>What the answer may set in quotation marks; null for anything. Not together with <see cref="Form"/>. Content of the request: never logged.</summary>
    public QuoteRule? Quotes { get; init; }
}
