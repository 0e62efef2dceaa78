using System.Security.Cryptography;
using System.Text;

namespace Serverless.GpuWorker.Api.Clients;

/// <summary>
/// Asks for a key on every path but health, known or not, when keys are configured. Keys are compared as SHA-256 hashes, in constant time, all of them.
/// MosaicML's clients send the key without "Bearer": both are taken.
/// </summary>
internal sealed class ApiKeyMiddleware
{
    private readonly RequestDelegate _next;
    private readonly byte[][] _hashes;

    public ApiKeyMiddleware(RequestDelegate next, IReadOnlyList<string> keys)
    {
        _next = next;
        _hashes = [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (_hashes.Length == 0 || IsOpen(context.Request.Path)) return _next(context);
        var header = context.Request.Headers.Authorization;
        if (header.Count != 1 || !IsKnown(Key(header[0]!), out var hash)) throw ApiErrors.Unauthorized();
        CallerIdentity.SetKeyHash(context, hash);
        return _next(context);
    }

    private static bool IsOpen(PathString path) => path == "/health" || path == "/health/live" || path == "/health/ready";

    private static string Key(string header) =>
        header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : header.Trim();

    private bool IsKnown(string key, out byte[] hash)
    {
        hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var known = false;
        foreach (var candidate in _hashes) known |= CryptographicOperations.FixedTimeEquals(candidate, hash);
        return known;
    }
}
