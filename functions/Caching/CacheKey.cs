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
    // Everything that a generation holds gets into a body of this dialect, whatever the provider is. It has one name for what has two, a developer's and a system's
    // message, max_tokens and max_completion_tokens: a question that comes as a chat and one that comes as a response are the same.
    private static readonly OpenAiDialect Dialect = new() { Model = null, HasDeveloperRole = false, HasTextParts = true, HasKept = true, HasErrors = true };

    public static string Of(ResolvedRoute route, CacheSettings settings, Caller caller, Generation generation)
    {
        using var hash = Begin(route, settings, caller, (generation.IsChat ? "chat" : "text") + (generation.Betas is { } betas ? $" {betas}" : ""));
        hash.AppendData(OpenAiBody.Write(generation with { Streams = false, User = settings.Shared ? null : generation.User }, Dialect).Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of one text of a call for vectors.</summary>
    public static string Of(ResolvedRoute route, CacheSettings settings, Caller caller, EmbeddingCall call, string text)
    {
        using var hash = Begin(route, settings, caller, string.Create(CultureInfo.InvariantCulture, $"embeddings {call.Purpose} {call.Dimensions} {call.Instruction.Length} {call.Instruction}"));
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IncrementalHash Begin(ResolvedRoute route, CacheSettings settings, Caller caller, string kind)
    {
        var whose = settings.Shared ? "shared" : $"client {caller.Subject}";
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{whose}\n{route.Name}\n{route.Version.Version}\n{route.Version.CreatedAt.UtcTicks}\n{kind}\n")));
        return hash;
    }
}
