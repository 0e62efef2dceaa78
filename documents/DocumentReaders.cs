using Serverless.Documents.Office;
using Serverless.Documents.Office97;
using Serverless.Documents.Xml;

namespace Serverless.Documents;

/// <summary>Picks the reader for a file and checks what comes out of it.</summary>
public sealed class DocumentReaders
{
    private readonly IReadOnlyList<IDocumentReader> _readers;
    private readonly Dictionary<string, IDocumentReader> _byExtension = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IDocumentReader> _byMediaType = new(StringComparer.Ordinal);

    public DocumentReaders(IEnumerable<IDocumentReader> readers)
    {
        _readers = [.. readers];
        foreach (var reader in _readers)
        {
            foreach (var extension in reader.Extensions) _byExtension.TryAdd(extension, reader);
            foreach (var type in reader.MediaTypes) _byMediaType.TryAdd(type, reader);
        }
    }

    /// <summary>
    /// Reads a file by its ending or, where that says nothing, by its media type or first bytes: storage clients that drop files seldom set a true type. First bytes that no file of the ending has decide too.
    /// </summary>
    /// <exception cref="DocumentRejectedException">The type is not supported, or the file is empty, unreadable or too much.</exception>
    /// <exception cref="NeedsOcrException">It shows text but holds none.</exception>
    /// <exception cref="OperationCanceledException">Time is up.</exception>
    public ExtractedDocument Read(DocumentFile file, ReadingLimits limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var reader = Find(file) ?? throw new DocumentRejectedException(UnreadFormats.Advice(file) ?? $"The file's type is not supported. Supported: {Supported}.");
        if (file.Content.IsEmpty) throw new DocumentRejectedException("The file is empty.");
        var document = ReadWith(reader, file, new ReadingScope(limits, cancellationToken, this));
        return !ExtractedDocument.HasSigns(document.Text) ? throw new DocumentRejectedException("The file holds no text.") : document;
    }

    /// <summary>Reads a file whose reader may stumble: what it stumbles over, it stumbles over each time, so that trying again would never end.</summary>
    /// <exception cref="DocumentRejectedException">As the reader says, or it met what it does not know. The reason names the exception's type; its message may quote the file.</exception>
    internal static ExtractedDocument ReadWith(IDocumentReader reader, DocumentFile file, ReadingScope scope)
    {
        try
        {
            return reader.Read(file, scope);
        }
        catch (Exception failure) when (failure is not (DocumentRejectedException or OperationCanceledException or OutOfMemoryException))
        {
            throw new DocumentRejectedException($"The file holds something that cannot be read ({failure.GetType().Name}).");
        }
    }

    /// <summary>The reader of a file's format; null where there is none.</summary>
    internal IDocumentReader? Find(DocumentFile file)
    {
        if (XmlSpreadsheetReader.Is(file) && _byMediaType.TryGetValue(XmlSpreadsheetReader.Type, out var reader)) return reader;
        if (ManualReader.Is(file) && _byExtension.TryGetValue(".docbook", out reader)) return reader;
        if (OldOfficeNames.Disguised(file, _byExtension.ContainsKey(file.Extension)) is { } ending) return _byExtension.GetValueOrDefault(ending);
        if (_byExtension.TryGetValue(file.Extension, out reader)) return Told(file) ?? reader;
        var type = file.MediaType;
        if (type is not null && (_byMediaType.TryGetValue(type, out reader) || _byMediaType.TryGetValue(Suffix(type), out reader))) return reader;
        if (_byExtension.TryGetValue(FormatSniffer.Extension(file.Content), out reader)) return reader;
        // Text of some kind, or a name without an ending: README, LICENSE, release-notes-1.2.
        var mayBeText = type?.StartsWith("text/", StringComparison.Ordinal) == true || (file.Extension.Length == 0 && FormatSniffer.LooksLikeText(file.Content.Span));
        return mayBeText ? _byExtension.GetValueOrDefault(".txt") : null;
    }

    // A name may lie where the bytes cannot: a page that was saved as a PDF when its link had gone, a sheet that an export calls CSV.
    private IDocumentReader? Told(DocumentFile file)
    {
        var told = FormatSniffer.Extension(file.Content);
        return told != file.Extension && FormatSniffer.Contradicts(told, file.Extension) ? _byExtension.GetValueOrDefault(told) : null;
    }

    // RFC 6839: what a type of its own is written in, as in application/problem+json.
    private static string Suffix(string type) => type.LastIndexOf('+') is > 0 and var at ? "application/" + type[(at + 1)..] : type;

    // Of endings of source code there are too many to read.
    private string Supported =>
        string.Join(", ", _byExtension.Where(item => item.Value is not SourceCodeReader).Select(item => item.Key).Order(StringComparer.Ordinal)) + ", and source code of most languages";
}
