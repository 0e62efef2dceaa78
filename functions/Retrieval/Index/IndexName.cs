using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>The index of an embeddings route.</summary>
public static class IndexName
{
    // An index's name has at most 128 characters of [a-z0-9-].
    private const int MaxSlug = 64;

    /// <summary>Whether an index has a name that <see cref="For"/> gives.</summary>
    public static bool IsOurs(string index) => index.StartsWith("chunks-", StringComparison.Ordinal) || index.StartsWith("chunked-", StringComparison.Ordinal);

    /// <summary>
    /// <c>chunks-{route}</c> where the route's name is a valid name already, otherwise <c>chunked-{what is left of it}-{hash}</c>: two routes never share one.
    /// </summary>
    public static string For(string embeddingsRoute)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(embeddingsRoute);
        var name = Slug(embeddingsRoute);
        return name == embeddingsRoute ? $"chunks-{name}" : Hashed(name, embeddingsRoute);
    }

    /// <summary>The index of a later generation: a name for each route and model, and several for one model where collections are cut anew.</summary>
    /// <param name="slot">0 or more.</param>
    public static string For(string embeddingsRoute, string model, int slot)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(embeddingsRoute);
        // No route's name holds a line's end.
        return Hashed(Slug(embeddingsRoute), FormattableString.Invariant($"{embeddingsRoute}\n{model}\n{slot}"));
    }

    private static string Slug(string embeddingsRoute)
    {
        var slug = new StringBuilder();
        foreach (var c in embeddingsRoute.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)) slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
            if (slug.Length == MaxSlug) break;
        }

        return slug.ToString().TrimEnd('-');
    }

    private static string Hashed(string name, string what)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..16];
        return name.Length == 0 ? $"chunked-{hash}" : $"chunked-{name}-{hash}";
    }
}
