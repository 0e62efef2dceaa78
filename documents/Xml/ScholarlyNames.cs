using System.Collections.Frozen;
using System.Xml;

namespace Serverless.Documents.Xml;

/// <summary>
/// What of DocBook the elements of journals' articles (JATS, ANSI/NISO Z39.96) and of scholars' texts (TEI P5) are taken for: they say the same things by other names. References to literature, people and
/// what says something of the file go.
/// </summary>
internal sealed class ScholarlyNames
{
    private const string Tei = "http://www.tei-c.org/ns/1.0";
    private const string Gone = "metadata";

    private static readonly ScholarlyNames Articles = new(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["sec"] = "section",
        ["sub-article"] = "section",
        ["response"] = "section",
        ["ack"] = "section",
        ["notes"] = "section",
        ["app"] = "appendix",
        ["boxed-text"] = "sidebar",
        ["statement"] = "sidebar",
        ["article-meta"] = "info",
        ["front-stub"] = "info",
        ["article-title"] = "title",
        ["journal-meta"] = Gone,
        ["alt-title"] = Gone,
        ["ref-list"] = Gone,
        ["bio"] = Gone,
        ["tex-math"] = Gone,
        ["object-id"] = Gone,
        ["trans-abstract"] = Gone,
        ["table-wrap"] = "fig",
        ["fig-group"] = "fig",
        ["table-wrap-foot"] = "p",
        ["disp-quote"] = "blockquote",
        ["disp-formula"] = "p",
        ["verse-line"] = "line",
        ["preformat"] = "screen",
        ["code"] = "screen",
        ["list-item"] = "listitem",
        ["def-list"] = "variablelist",
        ["def-item"] = "varlistentry",
        ["def"] = "listitem",
        ["alternatives"] = "span",
        ["supplementary-material"] = "p",
    }, isTei: false);

    private static readonly ScholarlyNames Texts = new(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["TEI"] = "article",
        ["teiHeader"] = "info",
        ["fileDesc"] = "info",
        ["titleStmt"] = "info",
        ["profileDesc"] = "info",
        ["front"] = "body",
        ["back"] = "body",
        ["group"] = "body",
        ["head"] = "title",
        ["ab"] = "p",
        ["lg"] = "blockquote",
        ["l"] = "line",
        ["sp"] = "blockquote",
        ["speaker"] = "p",
        ["stage"] = "p",
        ["item"] = "listitem",
        ["label"] = "term",
        ["cell"] = "entry",
        ["note"] = "footnote",
        ["figDesc"] = "p",
        ["formula"] = "p",
        ["choice"] = "span",
        ["sic"] = Gone,
        ["orig"] = Gone,
        ["expan"] = Gone,
        ["del"] = Gone,
        ["fw"] = Gone,
        ["listBibl"] = Gone,
        ["biblStruct"] = Gone,
        ["facsimile"] = Gone,
        ["sourceDoc"] = Gone,
        ["standOff"] = Gone,
    }, isTei: true);

    private readonly FrozenDictionary<string, string> _names;
    private readonly bool _isTei;

    private ScholarlyNames(Dictionary<string, string> names, bool isTei) => (_names, _isTei) = (names.ToFrozenDictionary(StringComparer.Ordinal), isTei);

    /// <summary>Those of the document whose root the reader stands at; null where it is a manual.</summary>
    public static ScholarlyNames? For(XmlReader root)
    {
        if (root.NamespaceURI == Tei) return Texts;
        return root.LocalName == "article" && root.NamespaceURI.Length == 0 && (root.GetAttribute("dtd-version") ?? root.GetAttribute("article-type")) is not null ? Articles : null;
    }

    /// <param name="parent">What the element around it is taken for; empty at the root.</param>
    public string Of(XmlReader xml, string parent)
    {
        var name = xml.LocalName;
        if (name == "list") return (xml.GetAttribute("list-type") ?? xml.GetAttribute("rend") ?? xml.GetAttribute("type")) is "order" or "ordered" or "numbered" ? "orderedlist" : "itemizedlist";
        if (_isTei) return name == "title" ? parent == "info" ? name : "citetitle" : IsDivision(name) ? "section" : _names.GetValueOrDefault(name, name);
        // Numbers of tables and figures are called by them; a heading's are not, as elsewhere.
        if (name == "label") return parent is "fig" or "p" ? "p" : Gone;
        return _names.GetValueOrDefault(name, name);
    }

    private static bool IsDivision(string name) => name is "div" || (name.Length == 4 && name.StartsWith("div", StringComparison.Ordinal) && char.IsAsciiDigit(name[3]));
}
