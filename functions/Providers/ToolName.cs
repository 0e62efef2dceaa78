using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Providers;

/// <summary>Names of tools, of characters and a length that models' services take (<c>^[a-zA-Z0-9_-]{1,64}$</c>); one that had to be changed ends in a hash, so that no two are one.</summary>
internal static class ToolName
{
    /// <summary>What the strictest services take.</summary>
    public const int MaxLength = 64;

    private const int HashDigits = 8;

    /// <param name="prefix">Of those characters; with the hash it leaves room for some of the name.</param>
    /// <param name="longest">Characters that the service takes.</param>
    public static string Of(string prefix, string name, int longest = MaxLength)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(name);
        var whole = prefix + name;
        if (whole.Length <= longest && whole.All(IsSafe)) return whole;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        var safe = string.Concat(whole.Select(c => IsSafe(c) ? c : '_'));
        return $"{safe[..Math.Min(safe.Length, longest - HashDigits - 1)]}_{hash}";
    }

    private static bool IsSafe(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
