using System.Net;
using System.Security;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Xml;

/// <summary>
/// Names that stand for text: a manual declares its product's in front of its root, and the DTD that it refers to those of signs. An XML parser that reads no DTD knows neither, so what they stand for is
/// written in their place: text alone, which names no other, so that nothing grows.
/// </summary>
internal static partial class ManualEntities
{
    private const int MaxNames = 1000;
    private const int MaxValue = 500;

    /// <summary>The XML with its names replaced; those that nothing declares stay.</summary>
    /// <exception cref="DocumentRejectedException">It is more text than is permitted.</exception>
    public static string Replace(string xml, ReadingScope scope)
    {
        var declared = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match entity in Declaration().Matches(xml))
        {
            if (declared.Count == MaxNames) break;
            var value = entity.Groups[2].Value is { Length: > 0 } quoted ? quoted : entity.Groups[3].Value;
            if (value.Length <= MaxValue) declared.TryAdd(entity.Groups[1].Value, SecurityElement.Escape(WebUtility.HtmlDecode(Tag().Replace(value, " ")))!);
        }

        long length = xml.Length;
        return Reference().Replace(xml, reference =>
        {
            if (reference.Groups[1].Value is not { Length: > 0 } name || name is "amp" or "lt" or "gt" or "quot" or "apos") return reference.Value;
            if (!declared.TryGetValue(name, out var text)) text = WebUtility.HtmlDecode(reference.Value);
            scope.CheckText(length += text.Length);
            return text;
        });
    }

    [GeneratedRegex("""<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>""", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex("<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tag();

    // What stands in CDATA is no name.
    [GeneratedRegex(@"<!\[CDATA\[(?:[^\]]|\][^\]])*\]\]>|&([A-Za-z_][\w.-]*);", RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
