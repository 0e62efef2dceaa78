namespace Serverless.Functions.Limits.Rules;

/// <summary>The rules that hold for one scope: a route, a client, or a client on a route.</summary>
/// <param name="Scope">The name of its counters' blob in container <c>limits</c>: <c>route/chat</c>, <c>client/abc</c>, <c>client/abc/route/chat</c>.</param>
/// <param name="Rules">One of a <see cref="LimitRule.Key"/>.</param>
public sealed record ScopeRules(string Scope, IReadOnlyList<LimitRule> Rules);
