using System.Globalization;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Mcp;

/// <summary>Names a passage so that any instance finds it again: <c>collection/path#start-end</c>, offsets into the document's extracted text; without them, the document from its start.</summary>
public sealed record PassageId(DocumentName Document, int? Start = null, int? End = null)
{
    /// <summary>Of a blob's name and two offsets.</summary>
    private const int MaxLength = 1024 + 24;

    /// <exception cref="GatewayException">400: it is none.</exception>
    public static PassageId Parse(string? text, string field)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength) throw Wrong(field);
        var mark = text.LastIndexOf('#');
        // A document's own name may hold the mark.
        var (name, start, end) = mark > 0 && Offsets(text.AsSpan(mark + 1)) is var (from, to) ? (text[..mark], from, (int?)to) : (text, (int?)null, null);
        return DocumentName.FromBlobName(name) is { } document && document.WhyNotStorable() is null ? new PassageId(document, start, end) : throw Wrong(field);
    }

    public override string ToString() => Start is { } start ? string.Create(CultureInfo.InvariantCulture, $"{Document.BlobName}#{start}-{End}") : Document.BlobName;

    private static (int? Start, int? End)? Offsets(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        return dash > 0
            && int.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && int.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && start <= end
            ? (start, end)
            : null;
    }

    private static GatewayException Wrong(string field) =>
        GatewayException.Invalid(field, $"'{field}' must be an id that 'search' gave, or name a document: 'collection/path' or 'collection/path#start-end', at most {MaxLength} characters.");
}
