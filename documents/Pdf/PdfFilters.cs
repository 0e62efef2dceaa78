using System.IO.Compression;
using System.Runtime.CompilerServices;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>
/// PdfPig's own decoders, each asked only for what the bounds permit: what its streams unpack to, and how much a page may draw, counted
/// before there is an object for every letter.
/// </summary>
internal sealed class PdfFilters(ReadingScope scope, PdfAliases aliases) : IFilterProvider
{
    private const int MaxStreamBytes = 32 * 1024 * 1024;
    private const int MaxPageBytes = 16 * 1024 * 1024;
    private const int MaxPageLetters = 200_000;
    private const int MaxPageForms = 50_000;

    /// <summary>Programs nest some 28 at the most (ISO 32000-1, annex C).</summary>
    private const int MaxPageStates = 4096;

    /// <summary>Indirect objects that a file may have (ISO 32000-1, annex C).</summary>
    private const int MaxObjects = 8_388_607;

    /// <summary>Of a field of a table of references: a longer one fits no number.</summary>
    private const int MaxReferenceBytes = 8;

    private readonly Dictionary<IFilter, IFilter> _bounded = new(ReferenceEqualityComparer.Instance);
    private long _pageBytes;
    private int _pageLetters;
    private int _pageForms;

    /// <summary>The bound that was passed, should the parser have swallowed the exception that said so.</summary>
    public DocumentRejectedException? Limit { get; private set; }

    public void StartPage() => (_pageBytes, _pageLetters, _pageForms) = (0, 0, 0);

    public void CountLetter()
    {
        if ((++_pageLetters & 0xFF) == 0) ThrowIfOver();
        if (_pageLetters > MaxPageLetters) throw Over($"A page of the PDF draws more than {MaxPageLetters} letters.");
    }

    /// <summary>Counts what a page holds on to: graphics states that it saves and does not restore.</summary>
    public void CheckStates(int saved)
    {
        if (saved > MaxPageStates) throw Over($"A page of the PDF saves more than {MaxPageStates} graphics states within one another.");
    }

    public void CountForm()
    {
        ThrowIfOver();
        if (++_pageForms > MaxPageForms) throw Over($"A page of the PDF draws more than {MaxPageForms} forms.");
    }

    public IReadOnlyList<IFilter> GetFilters(DictionaryToken dictionary)
    {
        ThrowIfOver();
        CheckReferences(dictionary);
        var filters = Bound(DefaultFilterProvider.Instance.GetFilters(dictionary));
        // Not packed: its length is all that is known of what it draws.
        if (filters.Count == 0 && IsContent(dictionary) && dictionary.TryGet(NameToken.Length, out NumericToken length)) CountContent(length.Long);
        return filters;
    }

    public IReadOnlyList<IFilter> GetNamedFilters(IReadOnlyList<NameToken> names) => Bound(DefaultFilterProvider.Instance.GetNamedFilters(names));

    public IReadOnlyList<IFilter> GetAllFilters() => Bound(DefaultFilterProvider.Instance.GetAllFilters());

    // A table of references (ISO 32000-2, section 7.5.8), whose parser believes how wide its rows and how many its objects are: it takes the one from the stack, and a negative width or a huge one ends the process.
    // Refused here, it is passed over and the objects are searched for.
    private static void CheckReferences(DictionaryToken dictionary)
    {
        if (!dictionary.TryGet(NameToken.Type, out NameToken type) || !type.Equals(NameToken.Xref)) return;
        var widths = Numbers(dictionary, NameToken.W);
        if (widths.Exists(width => width is not (>= 0 and <= MaxReferenceBytes)) || widths.Sum() < 1) throw new InvalidDataException();
        var objects = dictionary.ContainsKey(NameToken.Index) ? Numbers(dictionary, NameToken.Index) : [0, dictionary.TryGet(NameToken.Size, out NumericToken size) ? size.Double : 0];
        if (objects.Exists(number => number is not (>= 0 and <= MaxObjects)) || objects.Where((_, i) => i % 2 == 1).Sum() > MaxObjects) throw new InvalidDataException();
    }

    private static List<double> Numbers(DictionaryToken dictionary, NameToken name) =>
        dictionary.TryGet(name, out ArrayToken array) ? [.. array.Data.Select(item => item is NumericToken number ? number.Double : double.NaN)] : [];

    private List<IFilter> Bound(IReadOnlyList<IFilter> filters)
    {
        var bound = new List<IFilter>(filters.Count);
        foreach (var filter in filters)
        {
            if (!_bounded.TryGetValue(filter, out var bounded)) _bounded[filter] = bounded = new BoundedFilter(filter, this);
            bound.Add(bounded);
        }

        return bound;
    }

    private void ThrowIfOver()
    {
        scope.Check();
        if (Limit is not null) throw Limit;

        // The parser comes by here on its way down; at the end of its stack nothing could be caught any more.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw Over("The PDF is nested too deeply.");
    }

    private void Count(DictionaryToken dictionary, ReadOnlySpan<byte> unpacked)
    {
        try
        {
            scope.CountUnpacked(unpacked.Length);
            if (dictionary.TryGet(NameToken.First, out NumericToken first)) aliases.AddObjectStream(unpacked, first.Int);
        }
        catch (DocumentRejectedException limit)
        {
            Limit = limit;
            throw;
        }

        if (IsContent(dictionary)) CountContent(unpacked.Length);
    }

    private void CountContent(long bytes)
    {
        _pageBytes += bytes;
        if (_pageBytes > MaxPageBytes) throw Over($"A page of the PDF takes more than {MaxPageBytes} bytes to draw.");
    }

    private DocumentRejectedException Over(string reason) => Limit = new DocumentRejectedException(reason, isLimit: true);

    // Neither picture nor font nor profile nor a container of objects.
    private static bool IsContent(DictionaryToken dictionary) =>
        !dictionary.ContainsKey(NameToken.Create("Length1")) && !dictionary.ContainsKey(NameToken.N) && !dictionary.ContainsKey(NameToken.Width)
        && (!dictionary.TryGet(NameToken.Subtype, out NameToken kind) || kind.Equals(NameToken.Form));

    private sealed class BoundedFilter(IFilter inner, PdfFilters owner) : IFilter
    {
        private readonly bool _isFlate = inner is FlateFilter;

        public bool IsSupported => inner.IsSupported;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex)
        {
            owner.ThrowIfOver();
            if (_isFlate) Measure(input);
            else if (inner is LzwFilter && PdfLzw.Length(input.Span, MaxStreamBytes) >= MaxStreamBytes) throw TooBig();
            var output = inner.Decode(input, streamDictionary, filterProvider, filterIndex);
            owner.Count(streamDictionary, output.Span);
            return output;
        }

        // Unpacked into nothing first: the decoder itself has no bound.
        private void Measure(Memory<byte> input)
        {
            using var packed = new MemoryStream(input.ToArray(), writable: false);
            using var stream = new ZLibStream(packed, CompressionMode.Decompress);
            var buffer = new byte[81920];
            long total = 0;
            try
            {
                int read;
                while ((read = stream.Read(buffer)) > 0)
                {
                    total += read;
                    if (total > MaxStreamBytes) throw TooBig();
                }
            }
            catch (InvalidDataException)
            {
                // The decoder deals with broken ends in its own way.
            }
        }

        private DocumentRejectedException TooBig() => owner.Over($"A part of the PDF unpacks to more than {MaxStreamBytes} bytes.");
    }
}
