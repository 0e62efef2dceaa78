using System.Buffers;

namespace Serverless.Contracts;

/// <summary>
/// The characters that open and close a quote where quotes are held to their sources. Single ones are not among them: they are apostrophes as often.
/// </summary>
public static class QuotationMarks
{
    /// <summary>What opens a quote, and what may close it.</summary>
    public static IReadOnlyList<(char Opens, string Closes)> Pairs { get; } = [('"', "\""), ('“', "”"), ('„', "“”"), ('«', "»"), ('「', "」"), ('『', "』"), ('＂', "＂")];

    /// <summary>What opens a quote.</summary>
    public static SearchValues<char> Openers { get; } = SearchValues.Create([.. Pairs.Select(pair => pair.Opens)]);

    /// <summary>Those that open nothing: none is common enough for its places to be told apart.</summary>
    public static string Others => "‟»”」』〝〞〟‹›";

    /// <summary>What closes the quote that a character opens; null where it opens none.</summary>
    public static string? ClosersOf(char opens)
    {
        foreach (var pair in Pairs)
        {
            if (pair.Opens == opens) return pair.Closes;
        }

        return null;
    }
}
