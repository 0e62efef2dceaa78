using System.Text;
using System.Xml;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>What the runs of a cell's text say of their letters (ISO/IEC 29500-1, section 18.4): raised ones become exponents, struck ones stand between <c>~~</c>.</summary>
/// <param name="text">The cell's, to which the runs' texts are added.</param>
internal sealed class SheetRuns(StringBuilder text)
{
    private int? _raisedFrom;
    private int? _struckFrom;
    private int _struckTo;

    /// <summary>Whether runs have formats of their own, and not their cell's.</summary>
    public bool HasFormats { get; private set; }

    /// <summary>Takes up a node within a cell's text.</summary>
    public void Read(XmlReader xml)
    {
        if (xml.NodeType == XmlNodeType.Element)
        {
            if (xml.LocalName == "rPr") HasFormats = true;
            else if (xml.LocalName == "vertAlign" && xml.GetAttribute("val") == "superscript") _raisedFrom = text.Length;
            else if (xml.LocalName == "strike" && IsOn(xml)) _struckFrom = text.Length;
        }
        else if (xml is { NodeType: XmlNodeType.EndElement, LocalName: "r" })
        {
            if (_raisedFrom is { } raised) RaisedText.Raise(text, raised);
            if (_struckFrom is { } struck) _struckTo = StruckText.Strike(text, struck, _struckTo);
            (_raisedFrom, _struckFrom) = (null, null);
        }
    }

    /// <summary>Begins with another cell.</summary>
    public void Clear() => (_raisedFrom, _struckFrom, _struckTo, HasFormats) = (null, null, 0, false);

    /// <summary>A property that is on where nothing else is said.</summary>
    public static bool IsOn(XmlReader xml) => xml.GetAttribute("val") is not ("0" or "false");
}
