using System.Xml;

namespace Serverless.Documents.Xml;

/// <summary>XML that somebody else wrote: a DTD is passed over, so no entity grows and nothing is fetched.</summary>
internal static class SafeXml
{
    public static XmlReader Read(Stream stream, bool allowDtd = true) => XmlReader.Create(stream, Settings(allowDtd));

    /// <summary>XML that has been decoded; what it says of its encoding is passed over.</summary>
    public static XmlReader Read(TextReader text) => XmlReader.Create(text, Settings(allowDtd: true));

    private static XmlReaderSettings Settings(bool allowDtd) => new()
    {
        DtdProcessing = allowDtd ? DtdProcessing.Ignore : DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersFromEntities = 0,
        CloseInput = true,
    };

    /// <summary>Moves a reader to the end of an element that it stands in.</summary>
    /// <param name="above">How many levels above where it stands; 0 for an element at whose beginning it is.</param>
    public static void SkipRest(XmlReader xml, int above = 0)
    {
        var depth = xml.Depth - above;
        while (xml.Read() && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth <= depth))
        {
        }
    }
}
