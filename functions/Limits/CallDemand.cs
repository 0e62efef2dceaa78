using Serverless.Functions.Clients;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Limits;

/// <summary>What a call of a model may take, before it is made.</summary>
public sealed record CallDemand
{
    /// <summary>The route that calls the model.</summary>
    public required ResolvedRoute Route { get; init; }

    public required Caller Caller { get; init; }

    /// <summary><c>chat</c>, <c>text_completion</c>, <c>embeddings</c> or <c>rerank</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    /// <summary>Whoever may come to answer, by provider and model; null for the route's model at <see cref="Provider"/>. Money is reserved for the dearest.</summary>
    public IReadOnlyList<(string Provider, string Model)>? Candidates { get; init; }

    /// <summary>A second call for a request that has been counted: its tokens and cost count, as a call it does not.</summary>
    public bool IsHedge { get; init; }

    /// <summary>Tokens that the prompt cannot have more of: <see cref="PromptBound"/>.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Counts the prompt's tokens, for a prompt whose bound does not fit in what is left; null where nobody can.</summary>
    public Func<CancellationToken, Task<long>>? CountPrompt { get; init; }

    /// <summary>Tokens of one completion, as the request or the route says; null when neither does. 0 for embeddings.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Completions that are asked for.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Tokens of prompt and completion together that the model takes; asked for only where <see cref="MaxTokens"/> is null.</summary>
    public Func<CancellationToken, ValueTask<int?>>? Window { get; init; }
}
