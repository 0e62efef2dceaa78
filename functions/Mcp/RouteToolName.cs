using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Mcp;

/// <summary>The name of a route's tool: <c>ask_</c> and the route's, of characters and a length that models' services take (<c>^[a-zA-Z0-9_-]{1,64}$</c>); a name that had to be changed ends in a hash, so that no two are one.</summary>
internal static class RouteToolName
{
    public const string Prefix = "ask_";

    private const int MaxLength = 64;
    private const int HashDigits = 8;

    public static string Of(string route)
    {
        ArgumentNullException.ThrowIfNull(route);
        var name = Prefix + route;
        if (name.Length <= MaxLength && name.All(IsSafe)) return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(route)))[..HashDigits];
        var safe = string.Concat(name.Select(c => IsSafe(c) ? c : '_'));
        return $"{safe[..Math.Min(safe.Length, MaxLength - HashDigits - 1)]}_{hash}";
    }

    private static bool IsSafe(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
