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

    public static string Of(Caller caller, string? user) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Subject}\n{user}")).AsSpan(0, Bytes));
}
