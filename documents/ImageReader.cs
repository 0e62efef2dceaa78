namespace Serverless.Documents;

/// <summary>Pictures: their text is read by Azure AI Document Intelligence, or not at all.</summary>
public sealed class ImageReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".bmp", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff"];

    public IReadOnlyList<string> MediaTypes { get; } = ["image/bmp", "image/heif", "image/jpeg", "image/png", "image/tiff"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope) => throw new NeedsOcrException("the file is a picture.");
}
