namespace Serverless.Documents.Rtf;

/// <summary>What holds until the end of a group; groups within begin with a copy.</summary>
internal record struct RtfGroup
{
    public RtfGroup()
    {
    }

    public RtfDestination Destination { get; set; }

    /// <summary>What parts of it go to that are read all the same.</summary>
    public RtfDestination Outer { get; set; }

    public int CodePage { get; set; }

    /// <summary>How many pieces after a Unicode character stand for it in older programs.</summary>
    public int UnicodeSkip { get; set; } = 1;

    public bool IsHidden { get; set; }

    public bool IsDeleted { get; set; }

    public bool IsStruck { get; set; }

    /// <summary>Of a style that is being described.</summary>
    public int Style { get; set; }

    /// <summary>Of the font table: the font that is being described.</summary>
    public int Font { get; set; }
}
