namespace Serverless.Functions.Limits.Rules;

/// <summary>The limits of one route or client, in the form that a call needs.</summary>
public sealed class SubjectLimits
{
    private readonly Dictionary<string, IReadOnlyList<LimitRule>> _byRoute;

    /// <param name="subject">The route or client: the name of its own counters.</param>
    public SubjectLimits(string subject, IReadOnlyList<LimitEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        Entries = entries;
        Own = new ScopeRules(subject, [.. entries.Where(e => e.Key is null or "route" && e.Route is null).Select(e => e.ToRule())]);
        EachClient = [.. entries.Where(e => e.Key == "user").Select(e => e.ToRule())];
        _byRoute = entries.Where(e => e.Route is not null).GroupBy(e => e.Route!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<LimitRule>)[.. g.Select(e => e.ToRule())], StringComparer.Ordinal);
    }

    public IReadOnlyList<LimitEntry> Entries { get; }

    /// <summary>Of a route: all its callers together. Of a client: all its routes together.</summary>
    public ScopeRules Own { get; }

    /// <summary>Of a route: each client for itself.</summary>
    public IReadOnlyList<LimitRule> EachClient { get; }

    /// <summary>Of a client: on one route.</summary>
    public IReadOnlyList<LimitRule> On(string route) => _byRoute.GetValueOrDefault(route) ?? [];
}
