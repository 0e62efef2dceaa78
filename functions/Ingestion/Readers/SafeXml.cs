using System.Xml;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>XML that somebody else wrote: a DTD is passed over, so no entity grows and nothing is fetched.</summary>
internal static class SafeXml
{
    public static XmlReader Read(Stream stream, bool allowDtd = true) => XmlReader.Create(stream, new XmlReaderSettings
    {
        DtdProcessing = allowDtd ? DtdProcessing.Ignore : DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersFromEntities = 0,
        CloseInput = true,
    });
}
