using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Caching;

/// <summary>What must be the same for an answer to be given again: who asks, unless the route is shared; the route's version, by when it was made; every parameter.</summary>
internal static class CacheKey
{
    // Everything that a generation holds gets into a body of this dialect, whatever the provider is.
    private static readonly OpenAiDialect Dialect = new() { Model = null, HasDeveloperRole = true };

    public static string Of(ResolvedRoute route, CacheSettings settings, Caller caller, Generation generation)
    {
        var scope = string.Create(
            CultureInfo.InvariantCulture,
            $"{(settings.Shared ? "shared" : $"client {caller.Subject}")}\n{route.Name}\n{route.Version.Version}\n{route.Version.CreatedAt.UtcTicks}\n{(generation.IsChat ? "chat" : "text")}\n{generation.Settings.UsesMaxCompletionTokens}\n");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(scope));
        hash.AppendData(OpenAiBody.Write(generation with { Streams = false, User = settings.Shared ? null : generation.User }, Dialect).Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
