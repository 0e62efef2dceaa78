using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serverless.Local.Search;

/// <summary>Who may call: a key in <c>api-key</c> or a bearer token, compared in constant time.</summary>
internal sealed class SearchAccess(SearchEmulatorOptions options)
{
    /// <exception cref="SearchException">401: no or an invalid token; 403: a wrong key, or a query key on what needs the admin key.</exception>
    public void ThrowUnlessAllowed(HttpRequest request)
    {
        if (request.Headers.TryGetValue("api-key", out var keys))
        {
            var key = keys.ToString();
            if (Same(key, options.AdminKey) || (Same(key, options.QueryKey) && IsQuery(request)))
                return;
            throw new SearchException(403, "The api-key does not permit this request.", "Forbidden");
        }

        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || !Same(authorization["Bearer ".Length..], options.BearerToken))
            throw new SearchException(401, "An api-key header or a valid bearer token is required.", "Unauthorized");
    }

    private static bool IsQuery(HttpRequest request) =>
        request.Path.Value!.Contains("/docs", StringComparison.Ordinal) && !request.Path.Value.EndsWith("/search.index", StringComparison.Ordinal);

    private static bool Same(string given, string? expected) =>
        expected is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
