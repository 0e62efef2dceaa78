using Serverless.Documents.Compound;

namespace Serverless.Documents.Office97;

/// <summary>PPT as PowerPoint 97 to 2003 wrote it ([MS-PPT]): a slide a page, its title as heading, its text and tables, then the speaker's notes. Hidden slides go.</summary>
public sealed class BinarySlidesReader : IDocumentReader
{
    internal const string What = "presentation";

    private const int Slides = 0, NotesPages = 2;
    private const int IsHidden = 4;

    public IReadOnlyList<string> Extensions { get; } = [".ppt", ".pps"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/vnd.ms-powerpoint"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        try
        {
            var compound = new CompoundFile(file.Content, scope);
            ProtectedFiles.Refuse(compound, What);
            if (compound.Root.Children.ContainsKey("EncryptedSummary")) throw new DocumentRejectedException(ProtectedFiles.Reason(What));
            // What was saved for PowerPoint 95 as well has the newer form in a storage of its own.
            var storage = compound.Root.Children.GetValueOrDefault("PP97_DUALSTORAGE") ?? compound.Root;
            if (storage == compound.Root && (storage.Children.ContainsKey("PP40") || storage.Children.ContainsKey("Text_Content")))
                throw new DocumentRejectedException("PowerPoint presentations of before 97 are not read: save it as .pptx.");
            return Read(new PersistedObjects(Stream(compound, storage, "PowerPoint Document"), Stream(compound, storage, "Current User")), SummaryTitle.Read(compound), scope);
        }
        catch (InvalidDataException)
        {
            throw new DocumentRejectedException($"The {What} is broken and cannot be read.");
        }
    }

    private static byte[] Stream(CompoundFile file, CompoundEntry storage, string name) =>
        storage.Children.TryGetValue(name, out var stream) && stream.IsStream ? file.Read(stream) : throw new InvalidDataException();

    private static ExtractedDocument Read(PersistedObjects objects, string? title, ReadingScope scope)
    {
        var slides = List(objects.Document, Slides);
        scope.CheckPages(slides.Count, "slides");
        var notes = List(objects.Document, NotesPages).DistinctBy(page => page.Id).ToDictionary(page => page.Id);
        var builder = new ExtractedTextBuilder(scope);
        foreach (var (i, place) in slides.Index())
        {
            if (objects.Find(place.Number, SlideRecords.Slide) is not { } container || (container.Child(SlideRecords.SlideShow) is { } show && (show.Whole(8) >> 16 & IsHidden) != 0)) continue;
            var slide = BinarySlide.Read(container, place.Texts, isNotes: false, scope);
            builder.StartPage(i + 1);
            // A slide without a title stands under no other's.
            builder.AddHeading(1, slide.Title ?? string.Empty);
            slide.AddTo(builder);
            if (container.Child(SlideRecords.SlideInfo) is { } info && notes.TryGetValue(info.Whole(16), out var page) && objects.Find(page.Number, SlideRecords.Notes) is { } spoken)
                BinarySlide.Read(spoken, page.Texts, isNotes: true, scope).AddTo(builder);
        }

        return builder.Build(title);
    }

    // Slides or pages of notes in their order, each with its number among the parts, its name, and the texts of its placeholders.
    private static List<(int Number, int Id, List<(int Kind, string Text)> Texts)> List(SlideRecord document, int kind)
    {
        var slides = new List<(int Number, int Id, List<(int Kind, string Text)> Texts)>();
        foreach (var list in SlideRecord.Read(document.Content).Where(record => record.Type == SlideRecords.SlideList && record.Instance == kind))
        {
            var records = new List<SlideRecord>();
            foreach (var record in SlideRecord.Read(list.Content))
            {
                if (record.Type != SlideRecords.SlidePlace)
                {
                    records.Add(record);
                    continue;
                }

                End(records);
                slides.Add((record.Whole(0), record.Whole(12), []));
            }

            End(records);
        }

        return slides;

        void End(List<SlideRecord> records)
        {
            if (slides.Count > 0) slides[^1].Texts.AddRange(SlideTexts.Read(records));
            records.Clear();
        }
    }
}
