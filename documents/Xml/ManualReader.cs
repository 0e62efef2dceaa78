using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Serverless.Documents.Xml;

/// <summary>Manuals in DocBook and DITA, articles in JATS and texts in TEI: headings by their sections, items with the numbers of ordered lists, tables, code. What says something of the document goes. Other XML is read as it is written, and so is one that is broken.</summary>
public sealed partial class ManualReader : IDocumentReader
{
    private const int Head = 8192;
    private static readonly SourceCodeReader Source = new();

    public IReadOnlyList<string> Extensions { get; } = [".dita", ".docbook", ".dbk"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/docbook+xml", "application/dita+xml"];

    /// <summary>Whether a file that only says that it is XML is such a manual, by its root and what is declared of it: the roots' names alone are those of many formats.</summary>
    internal static bool Is(DocumentFile file)
    {
        if (file.Extension is not (".xml" or "")) return false;
        var head = file.Content[..Math.Min(Head, file.Content.Length)];
        if (!Declared().IsMatch(Encoding.Latin1.GetString(head.Span))) return false;
        try
        {
            using var xml = SafeXml.Read(new MemoryStream(head.ToArray()));
            return xml.MoveToContent() == XmlNodeType.Element && ManualNames.Roots.Contains(xml.LocalName);
        }
        catch (XmlException)
        {
            return false;
        }
    }

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        return Manual(() => SafeXml.Read(scope.Unpack(file.Open(), scope.Limits.MaxUnpackedBytes)), scope)
            ?? Manual(() => SafeXml.Read(new StringReader(ManualEntities.Replace(Source.Read(file, scope).Text, scope))), scope)
            ?? Source.Read(file, scope);
    }

    // Null where it is none or broken, as by a name that only a DTD elsewhere tells of.
    private static ExtractedDocument? Manual(Func<XmlReader> open, ReadingScope scope)
    {
        try
        {
            using var xml = open();
            return xml.MoveToContent() == XmlNodeType.Element && ManualNames.Roots.Contains(xml.LocalName) ? new ManualText(scope, ScholarlyNames.For(xml)).Read(xml) : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    // A DTD's public name, a namespace, what says the version of JATS or what a DTD adds to DITA's root and many programs write out.
    [GeneratedRegex(@"-//OASIS//DTD (?:DocBook|DITA)|=\s*[""']http://docbook\.org/ns/docbook|-//NLM//DTD |\bdtd-version\s*=|[""']http://www\.tei-c\.org/ns/1\.0|DITAArchVersion|class\s*=\s*[""'][-+] topic/topic", RegexOptions.NonBacktracking)]
    private static partial Regex Declared();
}
