using System.Globalization;
using Serverless.Documents.Archives;

namespace Serverless.Documents;

/// <summary>One file's reading, those within it included: counts what it costs against <see cref="ReadingLimits"/>.</summary>
/// <param name="readers">For files within files; null where there are none.</param>
public sealed class ReadingScope(ReadingLimits limits, CancellationToken cancellation, DocumentReaders? readers = null)
{
    private const int FreeBytes = 1024 * 1024;

    private long _unpacked;
    private long _elements;
    private int _files;
    private int _depth;

    public ReadingLimits Limits { get; } = limits;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <exception cref="OperationCanceledException">Time is up.</exception>
    public void Check() => Cancellation.ThrowIfCancellationRequested();

    /// <exception cref="DocumentRejectedException">More text than is permitted.</exception>
    public void CheckText(long characters)
    {
        Check();
        if (characters > Limits.MaxTextCharacters) throw Over($"The file holds more than {Limits.MaxTextCharacters} characters of text", nameof(Limits.MaxTextCharacters));
    }

    /// <exception cref="DocumentRejectedException">More pages than are permitted.</exception>
    public void CheckPages(int pages, string what)
    {
        Check();
        if (pages > Limits.MaxPages) throw Over($"The file has {pages.ToString(CultureInfo.InvariantCulture)} {what}; {Limits.MaxPages} are permitted", nameof(Limits.MaxPages));
    }

    /// <summary>Counts an element of the file that is being read.</summary>
    /// <exception cref="DocumentRejectedException">More elements than are permitted.</exception>
    public void CountElement()
    {
        CheckElements(++_elements);
    }

    /// <inheritdoc cref="CountElement"/>
    public void CheckElements(long elements)
    {
        if ((elements & 0xFF) == 0) Check();
        if (elements > Limits.MaxElements) throw Over($"The file has more than {Limits.MaxElements} elements", nameof(Limits.MaxElements));
    }

    /// <summary>A stream that ends with a rejection once what is read from it is out of proportion to what is packed.</summary>
    public Stream Unpack(Stream packed, long packedBytes) => new UnpackingStream(packed, this, Math.Max(FreeBytes, packedBytes * Limits.MaxUnpackRatio));

    /// <summary>Everything of a packed part.</summary>
    /// <exception cref="DocumentRejectedException">It unpacks to more than is permitted.</exception>
    public byte[] UnpackAll(Stream packed, long packedBytes)
    {
        using var stream = Unpack(packed, packedBytes);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Reads a file within the file; null when it is of no format that is read, or broken, or holds no text.</summary>
    /// <exception cref="DocumentRejectedException">A limit is passed: then nothing of the whole can be trusted to be small.</exception>
    public ExtractedDocument? ReadInner(DocumentFile file)
    {
        if (Find(file) is not { } reader) return null;
        return IsDeepest ? throw Over($"Archives stand in one another; {Limits.MaxArchiveDepth} levels are permitted", nameof(Limits.MaxArchiveDepth)) : Read(reader, file);
    }

    /// <summary>As <see cref="ReadInner"/>, of what a message or a document brings along, whose author did not choose how deep it stands: what stands too deep is left out with a word.</summary>
    /// <exception cref="DocumentRejectedException">Another limit is passed.</exception>
    public ExtractedDocument? ReadAttached(DocumentFile file) => Find(file) is not { } reader ? null : IsDeepest ? TooDeep() : Read(reader, file);

    /// <summary>As <see cref="ReadInner"/>, of the file's own text, which it holds in another format: no level deeper.</summary>
    /// <exception cref="DocumentRejectedException">A limit is passed.</exception>
    public ExtractedDocument? ReadText(DocumentFile file) => Find(file) is { } reader ? Read(reader, file) : null;

    /// <summary>What stands in the place of a file that is not read because it stands too deep.</summary>
    public ExtractedDocument TooDeep()
    {
        var builder = new ExtractedTextBuilder(this);
        builder.AddBlock($"Not read: files within one another are read {Limits.MaxArchiveDepth} levels deep ({ReadingLimits.Section}:{nameof(Limits.MaxArchiveDepth)}).");
        return builder.Build();
    }

    private bool IsDeepest => _depth >= Limits.MaxArchiveDepth;

    private IDocumentReader? Find(DocumentFile file)
    {
        Check();
        if (++_files > Limits.MaxArchiveFiles) throw Over($"The file holds more than {Limits.MaxArchiveFiles} files", nameof(Limits.MaxArchiveFiles));
        return file.Content.IsEmpty ? null : readers?.Find(file);
    }

    private ExtractedDocument? Read(IDocumentReader reader, DocumentFile file)
    {
        _depth++;
        // What one file's elements take is free again before the next.
        var elements = _elements;
        _elements = 0;
        try
        {
            var document = DocumentReaders.ReadWith(reader, file, this);
            return string.IsNullOrWhiteSpace(document.Text) ? null : document;
        }
        catch (DocumentRejectedException rejected) when (!rejected.IsLimit)
        {
            return null;
        }
        finally
        {
            _depth--;
            _elements = elements;
        }
    }

    internal void CountUnpacked(int bytes)
    {
        Check();
        _unpacked += bytes;
        if (_unpacked > Limits.MaxUnpackedBytes) throw Over($"The file unpacks to more than {Limits.MaxUnpackedBytes} bytes", nameof(Limits.MaxUnpackedBytes));
    }

    internal DocumentRejectedException OverRatio() => Over($"A part of the file unpacks to more than {Limits.MaxUnpackRatio} times its size", nameof(Limits.MaxUnpackRatio));

    private static DocumentRejectedException Over(string what, string setting) =>
        new($"{what} ({ReadingLimits.Section}:{setting}).", isLimit: true);
}
