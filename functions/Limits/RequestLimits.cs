using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits;

/// <summary>
/// What the limits said during a request, for its response's headers, and the request's id, for the ledger. Ambient, because the limits are asked deep
/// inside of the gateway, where nobody knows of HTTP. Thread-safe.
/// </summary>
public sealed class RequestLimits
{
    private static readonly AsyncLocal<RequestLimits?> Ambient = new();
    private static readonly (string Limit, string Remaining, string Reset) OfCalls = ("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
    private static readonly (string Limit, string Remaining, string Reset) OfTokens = ("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens");

    private readonly Lock _lock = new();
    private LimitLevel? _calls;
    private LimitLevel? _tokens;
    private SortedSet<string>? _shadows;
    private bool _unenforced;
    private string? _cache;

    private RequestLimits(string requestId) => RequestId = requestId;

    public string RequestId { get; }

    public static RequestLimits? Current => Ambient.Value;

    public static RequestLimits Begin(string requestId) => Ambient.Value = new RequestLimits(requestId);

    /// <summary>Takes in how limits stand; of those of a unit, the one with the least left is told.</summary>
    internal void Saw(List<LimitLevel> levels)
    {
        lock (_lock)
        {
            foreach (var level in levels)
            {
                if (level.Rule.Unit == LimitUnit.Calls) _calls = Tighter(_calls, level);
                else if (level.Rule.Unit == LimitUnit.Tokens) _tokens = Tighter(_tokens, level);
            }
        }
    }

    internal void SawShadow(IEnumerable<LimitRule> rules)
    {
        lock (_lock)
        {
            foreach (var rule in rules) (_shadows ??= []).Add(rule.Key["shadow/".Length..]);
        }
    }

    /// <summary>What a cache had of the answer, for <c>x-cache</c>.</summary>
    /// <param name="what"><c>hit</c>, <c>miss</c>, or <c>partial</c> for some texts of several.</param>
    internal void SawCache(string what)
    {
        lock (_lock) _cache = what;
    }

    internal void WasUnenforced()
    {
        lock (_lock) _unenforced = true;
    }

    /// <summary>OpenAI's <c>x-ratelimit-*</c>, and <c>x-ratelimit-shadow</c>: limits that would have refused the request, were they enforced.</summary>
    public void Write(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        lock (_lock)
        {
            if (_calls is { } calls) Write(headers, OfCalls, calls);
            if (_tokens is { } tokens) Write(headers, OfTokens, tokens);
            if (_shadows is not null) headers["x-ratelimit-shadow"] = string.Join(", ", _shadows);
            if (_cache is not null) headers["x-cache"] = _cache;
            if (_unenforced) headers["x-ratelimit-unenforced"] = "true";
        }
    }

    private static LimitLevel Tighter(LimitLevel? known, LimitLevel level) => known is null || level.Remaining < known.Remaining || known.Rule == level.Rule ? level : known;

    private static void Write(IHeaderDictionary headers, (string Limit, string Remaining, string Reset) names, LimitLevel level)
    {
        headers[names.Limit] = level.Rule.Amount.ToString(CultureInfo.InvariantCulture);
        headers[names.Remaining] = level.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[names.Reset] = Duration(level.ResetsIn);
    }

    /// <summary>As OpenAI writes it: <c>59s</c>, <c>6m0s</c>, <c>1h0m0s</c>.</summary>
    internal static string Duration(TimeSpan time)
    {
        var seconds = (long)Math.Ceiling(time.TotalSeconds);
        return seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s")
            : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h{seconds / 60 % 60}m{seconds % 60}s");
    }
}
