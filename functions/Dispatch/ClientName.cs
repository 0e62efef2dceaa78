using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// An opaque name for a client and the end user that it names, the same at every call: what a self-hosted model keeps clients apart by, so
/// that its queue, its fairness and its prefix cache are theirs and not those of the gateway's one key.
/// </summary>
internal static class ClientName
{
    private const int Bytes = 16;
    private const int MaxKept = 10_000;

    private static readonly ConcurrentDictionary<(string Subject, string? User), string> Kept = new();

    public static string Of(Caller caller, string? user)
    {
        // The caller's own words are kept only while they are few and short.
        if (user?.Length > 64) return Hash(caller.Subject, user);
        if (Kept.TryGetValue((caller.Subject, user), out var name)) return name;
        if (Kept.Count >= MaxKept) Kept.Clear();
        return Kept[(caller.Subject, user)] = Hash(caller.Subject, user);
    }

    private static string Hash(string subject, string? user) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{subject}\n{user}")).AsSpan(0, Bytes));
}
