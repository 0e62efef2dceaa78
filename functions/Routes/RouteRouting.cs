namespace Serverless.Functions.Routes;

/// <summary>How a route chooses among its targets and how long it waits for them. What is null is as the settings say.</summary>
public sealed record RouteRouting
{
    /// <summary>Whether a client stays with the target that its name falls to, so that a canary's answers do not come and go.</summary>
    public bool Sticky { get; init; }

    /// <summary>Whether an answer that broke off goes on at another target, from the text so far.</summary>
    public bool ContinueElsewhere { get; init; }

    /// <summary>Seconds to the first token, 1..600.</summary>
    public int? FirstTokenSeconds { get; init; }

    /// <summary>Seconds between two tokens, 1..600.</summary>
    public int? IdleSeconds { get; init; }

    /// <summary>Seconds for the whole answer, 1..3,600.</summary>
    public int? TotalSeconds { get; init; }

    /// <summary>Calls of one target for one request, 1..5.</summary>
    public int? MaxAttempts { get; init; }
}
