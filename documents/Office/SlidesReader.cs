using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Presentation;

namespace Serverless.Documents.Office;

/// <summary>PPTX: a slide a page, its title as heading, its text and tables, then the speaker's notes. Hidden slides go.</summary>
public sealed class SlidesReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".pptx", ".pptm", ".ppsx"];

    public IReadOnlyList<string> MediaTypes { get; } =
    [
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    ];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope) => OfficePackage.Read(
        file, "presentation", scope, (stream, settings) => PresentationDocument.Open(stream, false, settings), document => Read(document, scope));

    private static ExtractedDocument Read(PresentationDocument document, ReadingScope scope)
    {
        var presentation = document.PresentationPart ?? throw new InvalidDataException();
        var ids = presentation.Presentation?.SlideIdList?.Elements<SlideId>().Select(slide => slide.RelationshipId?.Value).OfType<string>().ToList() ?? [];
        scope.CheckPages(ids.Count, "slides");
        var builder = new ExtractedTextBuilder(scope);
        var isBroken = false;
        for (var i = 0; i < ids.Count; i++)
        {
            if (!presentation.TryGetPartById(ids[i], out var named) || named is not SlidePart part) continue;
            var slide = OfficePackage.TryPart(() => SlideText.Read(part, scope), ref isBroken);
            if (slide is null or { IsHidden: true }) continue;
            builder.StartPage(i + 1);
            // A slide without a title stands under no other's.
            builder.AddHeading(1, slide.Title ?? string.Empty);
            slide.AddTo(builder);
            if (part.NotesSlidePart is { } notes) OfficePackage.TryPart(() => SlideText.Read(notes, scope), ref isBroken)?.AddTo(builder);
        }

        if (isBroken && builder.IsEmpty) throw new InvalidDataException();
        return builder.Build(OfficePackage.Title(document));
    }
}
