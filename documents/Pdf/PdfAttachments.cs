using UglyToad.PdfPig;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Files that a PDF holds (ISO 32000-2, section 7.11.4), as a portfolio does and a mail that was printed with its attachments. The tree of their names is walked within bounds of our own: it may refer to itself. Invoices say in XML again, for programs,
/// what their pages show: such files are read of portfolios only.
/// </summary>
internal sealed class PdfAttachments(PdfDocument document, PdfFilters filters, ReadingScope scope)
{
    private const int MaxNodes = 10_000;
    private const int MaxReferences = 16;

    /// <summary>Each file's name and content.</summary>
    /// <exception cref="DocumentRejectedException">One unpacks to more than is permitted.</exception>
    public IEnumerable<(string Name, ReadOnlyMemory<byte> Content)> All()
    {
        var catalog = document.Structure.Catalog.CatalogDictionary;
        if (Get(catalog, "Names") is not DictionaryToken names || Get(names, "EmbeddedFiles") is not DictionaryToken root) yield break;
        var isPortfolio = Get(catalog, "Collection") is DictionaryToken;
        var open = new Queue<DictionaryToken>([root]);
        var seen = new HashSet<IndirectReference>();
        for (var nodes = 0; nodes < MaxNodes && open.TryDequeue(out var node); nodes++)
        {
            scope.Check();
            if (Get(node, "Kids") is ArrayToken kids)
            {
                foreach (var kid in kids.Data.Take(MaxNodes - open.Count))
                {
                    if ((kid is not IndirectReferenceToken reference || seen.Add(reference.Data)) && Resolve(kid) is DictionaryToken child) open.Enqueue(child);
                }
            }

            // A name and what it names, in turn.
            if (Get(node, "Names") is not ArrayToken pairs) continue;
            for (var i = 1; i < pairs.Length && nodes < MaxNodes; i += 2, nodes++)
            {
                if (Resolve(pairs[i]) is not DictionaryToken file || Content(file) is not { } content) continue;
                var name = Text(Get(file, "UF")) ?? Text(Get(file, "F")) ?? Text(Resolve(pairs[i - 1])) ?? "attachment";
                if (isPortfolio || !name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase)) yield return (name, content);
            }
        }
    }

    private ReadOnlyMemory<byte>? Content(DictionaryToken file)
    {
        if (Get(file, "EF") is not DictionaryToken streams || (Get(streams, "UF") ?? Get(streams, "F")) is not StreamToken stream) return null;
        filters.StartPage();
        try
        {
            Memory<byte> content = stream.Data.ToArray();
            foreach (var (i, filter) in filters.GetFilters(stream.StreamDictionary).Index()) content = filter.Decode(content, stream.StreamDictionary, filters, i);
            return content;
        }
        catch (Exception failure) when (failure is not (DocumentRejectedException or OperationCanceledException or OutOfMemoryException))
        {
            // One that is broken does not take the pages with it.
            return filters.Limit is { } limit ? throw limit : null;
        }
    }

    private IToken? Get(DictionaryToken dictionary, string name) => dictionary.Data.TryGetValue(name, out var token) ? Resolve(token) : null;

    private IToken? Resolve(IToken? token)
    {
        for (var i = 0; i < MaxReferences && token is IndirectReferenceToken reference; i++) token = document.Structure.GetObject(reference.Data)?.Data;
        return token is IndirectReferenceToken or NullToken ? null : token;
    }

    private static string? Text(IToken? token) => token switch
    {
        StringToken { Data.Length: > 0 } plain => Path.GetFileName(plain.Data),
        HexToken { Data.Length: > 0 } hexadecimal => Path.GetFileName(hexadecimal.Data),
        _ => null,
    };
}
