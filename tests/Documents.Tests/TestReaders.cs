using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>All readers, and what must hold of everything that they read.</summary>
internal static class TestReaders
{
    public static DocumentReaders All { get; } = new(StandardReaders.All);

    public static ExtractedDocument Read(string path, string content, string? contentType = null) => Read(path, Encoding.UTF8.GetBytes(content), contentType);

    public static ExtractedDocument Read(string path, byte[] content, string? contentType = null, ReadingLimits? limits = null)
    {
        var document = All.Read(new DocumentFile(path, contentType, content), limits ?? new ReadingLimits(), default);
        Assert.All(document.Sections, section => Assert.InRange(section.End, section.Start + 1, document.Text.Length));
        Assert.All(document.Sections.Zip(document.Sections.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.All(document.Blocks ?? [], block => Assert.InRange(block.End, block.Start + 1, document.Text.Length));
        return document;
    }

    /// <summary>Each section's page, heading and text.</summary>
    public static IEnumerable<(int? Page, string? Heading, string Text)> Sections(ExtractedDocument document) =>
        document.Sections.Select(section => (section.Page, section.Heading, document.Text[section.Start..section.End]));

    public static string Rejection(string path, string content, ReadingLimits? limits = null) => Rejection(path, Encoding.UTF8.GetBytes(content), limits);

    public static string Rejection(string path, byte[] content, ReadingLimits? limits = null) =>
        Assert.ThrowsAny<DocumentRejectedException>(() => All.Read(new DocumentFile(path, null, content), limits ?? new ReadingLimits(), default)).Message;
}
