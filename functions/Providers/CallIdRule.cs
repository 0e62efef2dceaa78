using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Providers;

/// <summary>Which ids of tools' calls a service takes in a chat.</summary>
/// <param name="MaxLength">Characters.</param>
/// <param name="IsExact">Whether an id has that many.</param>
/// <param name="Punctuation">What an id may hold beside ASCII letters and digits; null for anything.</param>
internal sealed record CallIdRule(int MaxLength, bool IsExact = false, string? Punctuation = null)
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int HashedLength = 32;

    /// <summary>OpenAI's and Azure's: "string too long. Expected a string with maximum length 40".</summary>
    public static readonly CallIdRule OpenAi = new(40);

    /// <summary>Mistral's own API: "must be a-z, A-Z, 0-9, with a length of 9".</summary>
    public static readonly CallIdRule Mistral = new(9, IsExact: true, "");

    /// <summary>Anthropic's <c>^[a-zA-Z0-9_-]+$</c>, of which Bedrock takes 64.</summary>
    public static readonly CallIdRule Vendor = new(64, Punctuation: "_-");

    public bool Takes(string id) =>
        id.Length > 0 && (IsExact ? id.Length == MaxLength : id.Length <= MaxLength) && (Punctuation is null || id.All(c => char.IsAsciiLetterOrDigit(c) || Punctuation.Contains(c, StringComparison.Ordinal)));

    /// <summary>An id that is taken, the same each time for the same two.</summary>
    /// <param name="occurrence">How often the id has been given before in the chat.</param>
    public string Of(string id, int occurrence)
    {
        if (occurrence == 0 && Takes(id)) return id;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{occurrence}\n{id}"));
        return string.Concat(hash.Take(Math.Min(MaxLength, HashedLength)).Select(b => Base62[b % Base62.Length]));
    }
}
