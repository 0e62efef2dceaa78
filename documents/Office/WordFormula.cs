using System.Text;
using System.Xml;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>
/// Office's formulas in one line (ISO/IEC 29500-1, section 22.1): what stands raised, lowered or above one another is kept apart, and signs that are kept in properties are written: brackets, sums and integrals, and what parts the
/// rows of a matrix. Without them f(x) is fx, and 2(a+b) is 2a+b.
/// </summary>
internal sealed class WordFormula
{
    private readonly Stack<Part> _parts = new();

    // Where parts begin that are written otherwise once they are whole.
    private readonly Stack<int> _starts = new();

    /// <summary>Whether an element is one of a formula.</summary>
    public static bool Has(XmlReader xml) => xml.NamespaceURI.EndsWith("/math", StringComparison.Ordinal);

    /// <param name="text">Of the paragraph; null where what is read is not seen.</param>
    public void Start(XmlReader xml, StringBuilder? text)
    {
        var name = xml.LocalName;
        switch (name)
        {
            case "d":
                _parts.Push(new Part(name, "(", "|", ")"));
                break;
            case "nary":
                _parts.Push(new Part(name, "∫", " ", string.Empty));
                break;
            case "m" or "eqArr":
                _parts.Push(new Part(name, string.Empty, "; ", string.Empty));
                break;
            case "mr":
                Next(text);
                _parts.Push(new Part(name, string.Empty, " ", string.Empty));
                break;
            case "func":
                _parts.Push(new Part(name, string.Empty, " ", string.Empty) { Count = 1 });
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
            case "e" when Top is { Name: not "m" }:
                Next(text);
                break;
            // Other parts have an element of their own.
            case "f" or "rad" or "sSup" or "sSub" or "sSubSup" or "sPre" or "acc" or "bar" or "groupChr" or "limLow" or "limUpp" or "box" or "borderBox" or "phant":
                _parts.Push(new Part(name, string.Empty, string.Empty, string.Empty));
                break;
        }

        if (name is "sub" or "sup" && Top is { Name: "nary", Count: 0 }) Next(text);
        if (name is "sup" or "sub" or "num" or "den" or "rad" or "deg") _starts.Push(text?.Length ?? -1);
    }

    /// <param name="name">Of an element that ends, whatever its namespace.</param>
    /// <param name="text">Of the paragraph; null where what is read is not seen.</param>
    public void End(string name, StringBuilder? text)
    {
        if (name is "sup" or "sub" or "num" or "den" or "rad" or "deg" && _starts.TryPop(out var start) && text is not null && start >= 0 && start <= text.Length) EndPart(name, start, text);
        if (Top is not { } part || part.Name != name) return;
        _parts.Pop();
        if (part.Count > 0) text?.Append(part.After);
    }

    private Part? Top => _parts.TryPeek(out var part) ? part : null;

    private void Next(StringBuilder? text)
    {
        if (Top is { } part) text?.Append(part.Count++ == 0 ? part.Before : part.Between);
    }

    private void EndPart(string name, int start, StringBuilder text)
    {
        switch (name)
        {
            case "sup":
                RaisedText.Raise(text, start);
                return;
            case "sub":
                LoweredText.Lower(text, start, isFormula: true);
                return;
            case "deg":
                EndDegree(start, text);
                return;
            case "rad":
                text.Insert(start, "√(").Append(')');
                return;
        }

        if (text.ToString(start, text.Length - start).AsSpan().ContainsAny("+-\u2212 /")) text.Insert(start, '(').Append(')');
        if (name == "num") text.Append('/');
    }

    // It stands before the root's sign.
    private void EndDegree(int start, StringBuilder text)
    {
        var degree = text.ToString(start, text.Length - start).Trim();
        if (degree.Length == 0 || !_starts.TryPop(out _)) return;
        text.Length = start;
        text.Append(RaisedText.Superscript(degree) ?? $"({degree})");
        _starts.Push(text.Length);
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
