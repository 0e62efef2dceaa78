using Serverless.Documents.Archives;
using Serverless.Documents.Books;
using Serverless.Documents.Html;
using Serverless.Documents.Latex;
using Serverless.Documents.Mail;
using Serverless.Documents.Markdown;
using Serverless.Documents.Markup;
using Serverless.Documents.Office;
using Serverless.Documents.Office97;
using Serverless.Documents.OpenDocument;
using Serverless.Documents.Outlook;
using Serverless.Documents.Pdf;
using Serverless.Documents.Rtf;
using Serverless.Documents.Subtitles;
using Serverless.Documents.Tables;
using Serverless.Documents.Xml;

namespace Serverless.Documents;

/// <summary>A reader for each format that is read.</summary>
public static class StandardReaders
{
    /// <summary>Where two take a file of one ending or type, the first.</summary>
    public static IReadOnlyList<IDocumentReader> All { get; } =
    [
        new PlainTextReader(),
        new MarkdownReader(),
        new MarkupReader(),
        new ManualReader(),
        new LatexReader(),
        new HtmlReader(),
        new PdfReader(),
        new WordReader(),
        new SlidesReader(),
        new SheetReader(),
        new BinarySheetReader(),
        new XlsbReader(),
        new BinaryWordReader(),
        new BinarySlidesReader(),
        new XmlSpreadsheetReader(),
        new CsvReader(),
        new JsonDocumentReader(),
        new RtfReader(),
        new OpenDocumentReader(),
        new NotebookReader(),
        new SubtitleReader(),
        new MailReader(),
        new WebArchiveReader(),
        new EpubReader(),
        new SourceCodeReader(),
        new MailboxReader(),
        new OutlookMessageReader(),
        new ZipReader(),
        new TarArchiveReader(),
        new GzipReader(),
        new ContentLinesReader(),
        new ImageReader(),
    ];
}
