using System.Text;
using System.Xml;

namespace Serverless.Functions.Ingestion.Readers.Office;

/// <summary>
/// Signs of a formula that Office keeps in properties (ISO/IEC 29500-1, section 22.1): brackets, sums and integrals, and what parts the rows of a matrix. Without them f(x) is fx, and 2(a+b) is 2a+b.
/// </summary>
internal sealed class WordFormula
{
    private readonly Stack<Part> _parts = new();

    /// <summary>Whether an element is one of a formula.</summary>
    public static bool Has(XmlReader xml) => xml.NamespaceURI.EndsWith("/math", StringComparison.Ordinal);

    public void Start(XmlReader xml, StringBuilder text)
    {
        switch (xml.LocalName)
        {
            case "d":
                _parts.Push(new Part("d", "(", "|", ")"));
                break;
            case "nary":
                _parts.Push(new Part("nary", "∫", " ", string.Empty));
                break;
            case "m" or "eqArr":
                _parts.Push(new Part(xml.LocalName, string.Empty, "; ", string.Empty));
                break;
            case "mr":
                Next(text);
                _parts.Push(new Part("mr", string.Empty, " ", string.Empty));
                break;
            case "func":
                _parts.Push(new Part("func", string.Empty, " ", string.Empty) { Count = 1 });
                break;
            // An accent's or a brace's own sign stands over what it is of.
            case "begChr" or "chr" when Top is { Name: "d" or "nary" } open:
                open.Before = WordText.Attribute(xml, "val") ?? string.Empty;
                break;
            case "sepChr" when Top is { } separated:
                separated.Between = WordText.Attribute(xml, "val") ?? string.Empty;
                break;
            case "endChr" when Top is { } closed:
                closed.After = WordText.Attribute(xml, "val") ?? string.Empty;
                break;
            case "sub" or "sup" when Top is { Name: "nary", Count: 0 }:
                Next(text);
                break;
            case "e" when Top is { Name: not "m" }:
                Next(text);
                break;
            // Other parts have an element of their own.
            case "f" or "rad" or "sSup" or "sSub" or "sSubSup" or "sPre" or "acc" or "bar" or "groupChr" or "limLow" or "limUpp" or "box" or "borderBox" or "phant":
                _parts.Push(new Part(xml.LocalName, string.Empty, string.Empty, string.Empty));
                break;
        }
    }

    public void End(string name, StringBuilder text)
    {
        if (Top is not { } part || part.Name != name) return;
        _parts.Pop();
        if (part.Count > 0) text.Append(part.After);
    }

    private Part? Top => _parts.TryPeek(out var part) ? part : null;

    private void Next(StringBuilder text)
    {
        if (Top is not { } part) return;
        text.Append(part.Count++ == 0 ? part.Before : part.Between);
    }

    private sealed class Part(string name, string before, string between, string after)
    {
        public string Name => name;

        public string Before { get; set; } = before;

        public string Between { get; set; } = between;

        public string After { get; set; } = after;

        /// <summary>Of its elements that have begun.</summary>
        public int Count { get; set; }
    }
}
