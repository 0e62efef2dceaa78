namespace Serverless.Functions.Ingestion.Readers.Pdf;

/// <summary>A word on a page; distances in points from its lower left corner.</summary>
/// <param name="Size">Of its letters, in points.</param>
internal readonly record struct PdfWord(string Text, double Left, double Right, double Baseline, double Size)
{
    /// <summary>Of the size of what stands before it, at most, has what is raised.</summary>
    public const double RaisedSize = 0.85;

    /// <summary>Of that size, at least, stands it higher.</summary>
    public const double RaisedBy = 0.15;

    // Closer than any two words.
    private const double Touching = 0.15;

    /// <summary>Whether it is of characters that stand raised in exponents.</summary>
    public bool CanBeRaised => Text.All(c => RaisedText.Superscript(c) is not null);

    /// <summary>Its text as an exponent or the number of a note, where it is one of the word before it; else null.</summary>
    public string? RaisedAfter(PdfWord before)
    {
        if (Size > before.Size * RaisedSize || Baseline < before.Baseline + (before.Size * RaisedBy) || Left - before.Right > before.Size * Touching) return null;
        return CanBeRaised ? string.Concat(Text.Select(c => RaisedText.Superscript(c))) : null;
    }
}
