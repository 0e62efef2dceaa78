namespace Serverless.Functions.Limits.Rules;

/// <summary>The rules that hold for one scope: a route, a client, or a client on a route.</summary>
/// <param name="Scope">The name of its counters' blob in container <c>limits</c>: <c>route/chat</c>, <c>client/abc</c>, <c>client/abc/route/chat</c>.</param>
/// <param name="Rules">One of a <see cref="LimitRule.Key"/>.</param>
public sealed record ScopeRules(string Scope, IReadOnlyList<LimitRule> Rules)
{
    /// <summary>Whether a call without a price may not pass.</summary>
    public bool IsBudgeted { get; } = Rules.Any(r => r.IsBudget && !r.Shadow);

    /// <summary>Whether what a call may take of tokens or money has to be known.</summary>
    public bool CountsTokens { get; } = Rules.Any(r => r.Unit is LimitUnit.Tokens or LimitUnit.Usd);
}
