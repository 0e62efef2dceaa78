namespace Serverless.Functions.Guards;

/// <summary>Finds one kind of thing in a text: pure, anchored, and bounded in how far it looks.</summary>
internal interface ITextMatcher
{
    /// <summary>A word of a closed set, for masks, metrics and errors.</summary>
    string Kind { get; }

    /// <summary>Whether a match may begin with this character.</summary>
    bool MayStart(char first);

    /// <returns>The characters of the match that begins at <paramref name="at"/>; 0 for none. Meaningless where the window needs more.</returns>
    int Match(ref TextWindow text, int at);
}
