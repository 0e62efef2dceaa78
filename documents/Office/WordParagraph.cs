using System.Text;
using System.Xml;
using Serverless.Documents.OpenDocument;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>A paragraph of WordprocessingML while it is read.</summary>
internal sealed class WordParagraph
{
    public StringBuilder Text { get; } = new();

    /// <summary>Where the run that is being read begins, if it stands raised.</summary>
    public int? RaisedFrom { get; set; }

    /// <summary>Where the run that is being read begins, if it stands lowered.</summary>
    public int? LoweredFrom { get; set; }

    /// <summary>Whether a line goes through the run that is being read.</summary>
    public bool IsStruck { get; set; }

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

    // Where the run before ended, if it was struck.
    private int _struckTo;

    public List<OfficeChart> Charts { get; } = [];

    /// <summary>Takes an element that says how the paragraph, or the run that is being read, looks; false for any other.</summary>
    public bool Takes(XmlReader xml, WordStyles styles)
    {
        switch (xml.LocalName)
        {
            case "pPr":
                InProperties = true;
                return true;
            case "pStyle":
                Style = WordText.Attribute(xml, "val");
                IsShaded |= styles.Shades(Style);
                Level ??= styles.Level(Style);
                HidesAll = IsHidden = styles.Hides(WordText.Attribute(xml, "val"));
                return true;
            // An initial over several lines is the first letter of what follows it.
            case "framePr" when WordText.Attribute(xml, "dropCap") is "drop" or "margin":
                GoesOn = true;
                return true;
            case "rStyle" when !InProperties:
                IsHidden |= styles.Hides(WordText.Attribute(xml, "val"));
                return true;
            case "sz" when !InProperties && WordStyles.IsUnreadable(WordText.Attribute(xml, "val")):
                IsHidden = true;
                return true;
            case "outlineLvl":
                Level = WordStyles.Outline(WordText.Attribute(xml, "val")) ?? Level;
                return true;
            case "numPr":
                IsItem = true;
                return true;
            case "numId" when InProperties:
                Numbering = WordText.Attribute(xml, "val");
                return true;
            case "ilvl" when InProperties:
                ListLevel = WordText.Whole(xml);
                return true;
            case "r":
                IsHidden = HidesAll;
                (IsWhite, IsRunShaded, IsStruck) = (false, false, false);
                (RaisedFrom, LoweredFrom) = (null, null);
                (Font, RunFrom) = (null, Text.Length);
                return true;
            case "rFonts" when !InProperties:
                Font = WordText.Attribute(xml, "ascii") ?? WordText.Attribute(xml, "hAnsi");
                return true;
            case "vertAlign" when !InProperties && WordText.Attribute(xml, "val") == "superscript":
                RaisedFrom = Text.Length;
                return true;
            case "vertAlign" when !InProperties && WordText.Attribute(xml, "val") == "subscript":
                LoweredFrom = Text.Length;
                return true;
            case "strike" or "dstrike" when !InProperties:
                IsStruck |= WordStyles.IsOn(WordText.Attribute(xml, "val"));
                return true;
            case "vanish" or "webHidden" when !InProperties:
                IsHidden = WordStyles.IsOn(WordText.Attribute(xml, "val"));
                return true;
            case "highlight" when !InProperties && WordText.Attribute(xml, "val") is not "none" and not "white":
                IsRunShaded = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Ends what <see cref="Takes"/> took the beginning of; false for any other.</summary>
    public bool Ends(string name)
    {
        switch (name)
        {
            case "pPr":
                InProperties = false;
                return true;
            case "r":
                EndRun();
                return true;
            default:
                return false;
        }
    }

    private void EndRun()
    {
        if (RaisedFrom is { } from) RaisedText.Raise(Text, from);
        if (LoweredFrom is { } lowered) LoweredText.Lower(Text, lowered);
        (RaisedFrom, LoweredFrom) = (null, null);
        // Letters of fonts of signs, which Word writes in Unicode's private use.
        for (var i = RunFrom; i < Text.Length; i++)
        {
            if (Text[i] is >= '\uF020' and <= '\uF0FF' && SymbolFont.Sign(Font, Text[i]) is { } sign) Text[i] = sign;
        }

        if (IsStruck) _struckTo = StruckText.Strike(Text, RunFrom, _struckTo);
    }
}
