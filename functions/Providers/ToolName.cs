using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Providers;

/// <summary>Names of tools, of characters and a length that models' services take (<c>^[a-zA-Z0-9_-]{1,64}$</c>); one that had to be changed ends in a hash, so that no two are one.</summary>
internal static class ToolName
{
    private const int HashDigits = 8;

    /// <param name="prefix">Of those characters; with the hash it leaves room for some of the name.</param>
    public static string Of(string prefix, string name)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return Of(prefix, name, ToolNameRule.Common);
    }

    /// <summary>A name as a service takes it.</summary>
    public static string Of(string name, ToolNameRule rule) => Of("", name, rule);

    private static string Of(string prefix, string name, ToolNameRule rule)
    {
        ArgumentNullException.ThrowIfNull(name);
        var whole = prefix + name;
        if (whole.Length <= rule.MaxLength && whole.All(rule.Takes) && rule.TakesFirst(whole)) return whole;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        var safe = string.Concat(whole.Select(c => rule.Takes(c) ? c : '_'));
        if (!rule.TakesFirst(safe)) safe = '_' + safe;
        return $"{safe[..Math.Min(safe.Length, rule.MaxLength - HashDigits - 1)]}_{hash}";
    }
}
