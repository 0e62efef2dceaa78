using System.Text;

namespace Serverless.Functions.Providers;

/// <summary>
/// Tokens of a text for a Llama-like tokenizer that is not at hand, on the safe side: a token for every three letters of a word,
/// one for every digit and sign, one for every byte beyond ASCII. English prose takes about a token for four characters.
/// </summary>
internal static class TokenEstimate
{
    public static int Of(string text)
    {
        var tokens = 0;
        var letters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && Rune.IsLetter(rune))
            {
                if (letters++ % 3 == 0) tokens++;
                continue;
            }

            letters = 0;
            if (rune.Value != ' ') tokens += rune.Utf8SequenceLength;
        }

        // Runs of blanks are tokens too, a prompt of nothing else included.
        return Math.Max(tokens, (text.Length + 7) / 8);
    }
}
