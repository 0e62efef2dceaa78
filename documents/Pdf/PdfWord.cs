using Serverless.Documents.Signs;

namespace Serverless.Documents.Pdf;

/// <summary>A word on a page; distances in points from its lower left corner.</summary>
/// <param name="Size">Of its letters, in points.</param>
internal readonly record struct PdfWord(string Text, double Left, double Right, double Baseline, double Size)
{
    // Of the size of what stands before it, at most, has what is raised, and by so much of it, at least, it stands higher.
    private const double RaisedSize = 0.85;
    private const double RaisedBy = 0.15;

    // Closer than any two words.
    private const double Touching = 0.15;

    /// <summary>Whether it is of characters that stand raised in exponents.</summary>
    public bool CanBeRaised => RaisedText.Superscript(Text) is not null;

    /// <summary>Whether letters stand smaller and higher than those before them.</summary>
    public static bool StandsRaised(double size, double baseline, double sizeBefore, double baselineBefore) =>
        size <= sizeBefore * RaisedSize && baseline >= baselineBefore + (sizeBefore * RaisedBy);

    /// <summary>Its text as an exponent or the number of a note, where it is one of the word before it; else null.</summary>
    public string? RaisedAfter(PdfWord before)
    {
        if (!StandsRaised(Size, Baseline, before.Size, before.Baseline) || Left - before.Right > before.Size * Touching) return null;
        return RaisedText.Superscript(Text);
    }

    /// <summary>Whether it touches the word before it from another height, as an index does, or what follows one: "H2O" is one word.</summary>
    public bool Follows(PdfWord before)
    {
        var gap = (Left - before.Right) / Math.Min(Size, before.Size);
        return gap is > -Touching and < Touching / 2 && Math.Abs(Baseline - before.Baseline) > Touching / 2 * Math.Min(Size, before.Size) && (Size <= before.Size * RaisedSize || before.Size <= Size * RaisedSize);
    }
}
