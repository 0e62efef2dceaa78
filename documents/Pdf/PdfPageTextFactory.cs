using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Geometry;
using UglyToad.PdfPig.Graphics.Operations;
using UglyToad.PdfPig.Outline.Destinations;
using UglyToad.PdfPig.Parser;
using UglyToad.PdfPig.Tokenization.Scanner;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>PdfPig makes one for each document and draws pages with it; the bounds come along as the filters that it was given.</summary>
internal sealed class PdfPageTextFactory(
    IPdfTokenScanner pdfScanner, IResourceStore resourceStore, ILookupFilterProvider filterProvider, IPageContentParser pageContentParser, ParsingOptions parsingOptions)
    : BasePageFactory<PdfPageText>(pdfScanner, resourceStore, filterProvider, pageContentParser, parsingOptions)
{
    private readonly IPdfTokenScanner _scanner = pdfScanner;
    private readonly IResourceStore _resources = resourceStore;
    private readonly ILookupFilterProvider _filters = filterProvider;
    private readonly IPageContentParser _parser = pageContentParser;
    private readonly ParsingOptions _options = parsingOptions;

    protected override PdfPageText ProcessPage(
        int pageNumber, DictionaryToken dictionary, NamedDestinations namedDestinations, MediaBox mediaBox, CropBox cropBox, UserSpaceUnit userSpaceUnit,
        PageRotationDegrees rotation, TransformationMatrix initialMatrix, IReadOnlyList<IGraphicsStateOperation> operations) =>
        new PdfTextProcessor(pageNumber, _resources, _scanner, _parser, _filters, cropBox, userSpaceUnit, rotation, initialMatrix, _options)
            .Process(pageNumber, operations, new PdfAnnotations(_scanner).Of(dictionary));
}
