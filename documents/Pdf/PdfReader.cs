using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Exceptions;

namespace Serverless.Documents.Pdf;

/// <summary>
/// PDF: the text of each page in reading order, columns one after another, tables as Markdown, headings by the size of their letters, what forms were filled in with; running heads and feet once; files that are attached.
/// </summary>
public sealed class PdfReader : IDocumentReader
{
    private const string Broken = "The PDF is broken and cannot be read.";
    private const string Empty = "The file holds no text.";
    private const int SampledPages = 24;

    public IReadOnlyList<string> Extensions { get; } = [".pdf"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/pdf", "application/x-pdf"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        // What is left of the tables of a file that was cut off leads to some of its pages at most.
        if (PdfRepair.IsCut(file.Content.Span) && Mended(file, scope) is { } left) return left;
        try
        {
            return Read(file.Content, scope);
        }
        catch (DocumentRejectedException broken) when (broken.Message is Broken or Empty)
        {
            if (Mended(file, scope) is { } mended) return mended;
            throw;
        }
    }

    private static ExtractedDocument? Mended(DocumentFile file, ReadingScope scope)
    {
        try
        {
            return new PdfRepair(scope).Mend(file.Content.Span) is { } mended ? Read(mended, scope) : null;
        }
        catch (DocumentRejectedException broken) when (broken.Message is Broken or Empty)
        {
            return null;
        }
    }

    private static ExtractedDocument Read(ReadOnlyMemory<byte> content, ReadingScope scope)
    {
        var aliases = new PdfAliases();
        aliases.AddFile(content.Span);
        var filters = new PdfFilters(scope, aliases);
        try
        {
            var options = new ParsingOptions { UseLenientParsing = true, SkipMissingFonts = true, MaxStackDepth = 128, FilterProvider = filters };
            using var document = PdfDocument.Open(content, options);
            scope.CheckPages(document.NumberOfPages, "pages");
            document.AddPageFactory<PdfPageText, PdfPageTextFactory>();
            return Read(document, filters, scope);
        }
        catch (PdfDocumentEncryptedException)
        {
            throw new DocumentRejectedException("The PDF is encrypted: a password is needed.");
        }
        catch (PdfDocumentStackDepthException)
        {
            throw new DocumentRejectedException("The PDF is nested too deeply.", isLimit: true);
        }
        catch (Exception failure) when (failure is not (DocumentRejectedException or OperationCanceledException or OutOfMemoryException))
        {
            // Its parser meets a broken file with all kinds of exceptions; their messages may quote it.
            throw filters.Limit ?? new DocumentRejectedException(Broken);
        }
    }

    private static ExtractedDocument Read(PdfDocument document, PdfFilters filters, ReadingScope scope)
    {
        var body = BodySize(document, filters, scope);
        var builder = new ExtractedTextBuilder(scope);
        var running = new PdfRunningText(document.NumberOfPages);
        var ahead = new Queue<(int Number, List<List<PdfLine>> Regions)>();
        PdfTable? table = null;
        var (pictures, unreadable) = (0, 0);
        for (var number = 1; number <= document.NumberOfPages; number++)
        {
            if (Page(document, number, filters, scope) is not { } page)
            {
                unreadable++;
                continue;
            }

            var regions = PdfTurnedText.Parts(page).Select(Words).Where(words => words.Count > 0).Select(PdfLine.Of).ToList();
            if (regions.Count == 0 && page.Pictures > 0) pictures++;
            if (regions.Count == 0) continue;
            running.Look(number, regions[0]);
            ahead.Enqueue((number, regions));
            while (ahead.Peek().Number <= number - PdfRunningText.Reach) Add(ahead.Dequeue());
        }

        while (ahead.TryDequeue(out var last)) Add(last);
        foreach (var (name, content) in new PdfAttachments(document, filters, scope).All())
        {
            if (scope.ReadAttached(new DocumentFile(name, null, content)) is { } inner) builder.AddInner(name, inner);
        }

        if (!builder.IsEmpty) return builder.Build(document.Information.Title is { } title && !string.IsNullOrWhiteSpace(title) ? title : null);
        if (pictures > 0) throw new NeedsOcrException($"none of the PDF's {document.NumberOfPages} pages holds text, they are pictures.");
        throw new DocumentRejectedException(unreadable > 0 ? Broken : Empty);

        void Add((int Number, List<List<PdfLine>> Regions) page)
        {
            builder.StartPage(page.Number);
            var layout = new PdfPageLayout(body, table, builder, scope);
            table = layout.Add(running.Without(page.Number, page.Regions[0]));
            foreach (var lines in page.Regions.Skip(1)) new PdfPageLayout(body, null, builder, scope).Add(lines);
        }
    }

    // One broken page does not take the others with it.
    private static PdfPageText? Page(PdfDocument document, int number, PdfFilters filters, ReadingScope scope)
    {
        scope.Check();
        filters.StartPage();
        try
        {
            return document.GetPage<PdfPageText>(number);
        }
        catch (Exception failure) when (failure is not (DocumentRejectedException or OperationCanceledException or OutOfMemoryException or PdfDocumentStackDepthException))
        {
            if (filters.Limit is { } limit) throw limit;
            scope.Check();
            return null;
        }
    }

    private static List<PdfWord> Words(PdfPageText page)
    {
        var words = PdfWords.Of(page.Letters);
        words.AddRange(page.Values.Select(value => value with { Text = PdfWords.Clean(value.Text) }).Where(value => !string.IsNullOrWhiteSpace(value.Text)));
        return words;
    }

    // The size that most letters have.
    private static double BodySize(PdfDocument document, PdfFilters filters, ReadingScope scope)
    {
        var letters = new Dictionary<double, int>();
        var step = Math.Max(1, document.NumberOfPages / SampledPages);
        for (var number = 1; number <= document.NumberOfPages; number += step)
        {
            foreach (var letter in Page(document, number, filters, scope)?.Letters ?? [])
            {
                var size = Math.Round(letter.PointSize * 2) / 2;
                letters[size] = letters.GetValueOrDefault(size) + 1;
            }
        }

        return letters.Count == 0 ? 10 : letters.MaxBy(item => item.Value).Key;
    }
}
