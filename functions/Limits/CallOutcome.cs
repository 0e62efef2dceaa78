using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Limits;

/// <summary>What became of a call of a model.</summary>
/// <param name="Usage">Its tokens; null when nothing was used.</param>
/// <param name="Error">The error's code; null for success.</param>
/// <param name="Counted">The tokens were counted here, not told by the provider.</param>
/// <param name="FirstToken">Time to the first text; null without one.</param>
/// <param name="Duration">Of the whole call.</param>
public sealed record CallOutcome(Usage? Usage, string? Error, bool Counted, TimeSpan? FirstToken, TimeSpan Duration)
{
    /// <summary>The provider that answered, or was the last to fail; null for the demand's.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that was asked there; null for the route's.</summary>
    public string? Model { get; init; }

    /// <summary>Another target was asked too, and gave the answer.</summary>
    public bool IsHedge { get; init; }

    /// <summary>The answer was given again: no model was called.</summary>
    public bool FromCache { get; init; }
}
