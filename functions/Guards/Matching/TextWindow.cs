namespace Serverless.Functions.Guards;

/// <summary>
/// A text as far as it has come. Matchers read it through <see cref="this[int]"/> only, so that whoever looked past its end is known, and what was
/// decided without looking there would be decided alike with more of the text at hand: that is why chunks do not matter.
/// </summary>
/// <param name="text">What is there.</param>
/// <param name="before">The character before it; '\0' at the beginning.</param>
/// <param name="isWhole">Whether nothing follows.</param>
internal ref struct TextWindow(ReadOnlySpan<char> text, char before, bool isWhole)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>Whether a matcher asked for a character that has not come.</summary>
    public bool NeedsMore { get; set; }

    /// <summary>'\0' where the text ends.</summary>
    public char this[int at]
    {
        get
        {
            if (at < _text.Length) return _text[at];
            NeedsMore |= !isWhole;
            return '\0';
        }
    }

    /// <summary>The character before a position.</summary>
    public readonly char Before(int at) => at > 0 ? _text[at - 1] : before;
}
