using System.Text;

namespace Serverless.Functions.Ingestion.Readers.Office;

/// <summary>A paragraph of WordprocessingML while it is read.</summary>
internal sealed class WordParagraph
{
    public StringBuilder Text { get; } = new();

    /// <summary>Where the run that is being read begins, if it stands raised.</summary>
    public int? RaisedFrom { get; set; }

    /// <summary>Where the run that is being read begins, if it stands lowered.</summary>
    public int? LoweredFrom { get; set; }

    /// <summary>Where the parts of formulas begin that are being read.</summary>
    public Stack<int> Formula { get; } = new();

    public int? Level { get; set; }

    public string? Style { get; set; }

    public string? Numbering { get; set; }

    /// <summary>From 0.</summary>
    public int? ListLevel { get; set; }

    public bool IsItem { get; set; }

    /// <summary>Of the run that is being read.</summary>
    public bool IsHidden { get; set; }

    /// <summary>Whether the letters of the run that is being read are white.</summary>
    public bool IsWhite { get; set; }

    /// <summary>Whether the run that is being read has a color behind it.</summary>
    public bool IsRunShaded { get; set; }

    /// <summary>Whether all of it has a color behind it, or may have one by its style.</summary>
    public bool IsShaded { get; set; }

    public bool IsSeen => !IsHidden && !(IsWhite && !IsRunShaded && !IsShaded);

    /// <summary>Of each run that does not say otherwise.</summary>
    public bool HidesAll { get; set; }

    public bool InProperties { get; set; }

    /// <summary>Whether its end was deleted.</summary>
    public bool GoesOn { get; set; }

    /// <summary>Of the run that is being read; null for its style's.</summary>
    public string? Font { get; set; }

    /// <summary>Where the run begins that is being read.</summary>
    public int RunFrom { get; set; }

    public List<OfficeChart> Charts { get; } = [];
}
