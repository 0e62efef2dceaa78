using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Hosting;

/// <summary>What <c>If-Match</c> lists (RFC 9110, 13.1.1).</summary>
internal static class IfMatch
{
    /// <returns>Tags without their quotes; null where any state will do. Weak ones never match, and keep what makes them so.</returns>
    public static IReadOnlySet<string>? Tags(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.IfMatch is not { Count: > 0 } given || given is [null or ""]) return null;
        var tags = given.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        return tags is ["*"] ? null : tags.Select(tag => tag.Trim('"')).ToHashSet(StringComparer.Ordinal);
    }
}
