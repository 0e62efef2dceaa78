using System.IO.Compression;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Functions.Ingestion.Readers.Pdf;

/// <summary>
/// PdfPig's own decoders, each asked only for what the bounds permit: what its streams unpack to, and how much text a page may draw, counted
/// before the parser makes an object of every letter.
/// </summary>
internal sealed class PdfFilters(ReadingScope scope) : IFilterProvider
{
    private const int MaxStreamBytes = 32 * 1024 * 1024;
    private const int MaxPageBytes = 16 * 1024 * 1024;
    private const int MaxPageText = 500_000;

    private readonly Dictionary<IFilter, IFilter> _bounded = new(ReferenceEqualityComparer.Instance);
    private long _pageBytes;
    private long _pageText;

    /// <summary>The bound that was passed, should the parser have swallowed the exception that said so.</summary>
    public DocumentRejectedException? Limit { get; private set; }

    public void StartPage() => (_pageBytes, _pageText) = (0, 0);

    public IReadOnlyList<IFilter> GetFilters(DictionaryToken dictionary)
    {
        ThrowIfOver();
        var filters = Bound(DefaultFilterProvider.Instance.GetFilters(dictionary));
        // Not packed: its length is all that is known of what it draws.
        if (filters.Count == 0 && IsContent(dictionary) && dictionary.TryGet(NameToken.Length, out NumericToken length)) CountContent(length.Long, length.Long);
        return filters;
    }

    public IReadOnlyList<IFilter> GetNamedFilters(IReadOnlyList<NameToken> names) => Bound(DefaultFilterProvider.Instance.GetNamedFilters(names));

    public IReadOnlyList<IFilter> GetAllFilters() => Bound(DefaultFilterProvider.Instance.GetAllFilters());

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
    }

    private void Count(DictionaryToken dictionary, ReadOnlySpan<byte> unpacked)
    {
        try
        {
            scope.CountUnpacked(unpacked.Length);
        }
        catch (DocumentRejectedException limit)
        {
            Limit = limit;
            throw;
        }

        if (IsContent(dictionary)) CountContent(unpacked.Length, StringBytes(unpacked));
    }

    private void CountContent(long bytes, long text)
    {
        _pageBytes += bytes;
        _pageText += text;
        if (_pageText > MaxPageText) throw Over($"A page of the PDF draws more than {MaxPageText} characters.");
        if (_pageBytes > MaxPageBytes) throw Over($"A page of the PDF takes more than {MaxPageBytes} bytes to draw.");
    }

    private DocumentRejectedException Over(string reason) => Limit = new DocumentRejectedException(reason, isLimit: true);

    // Neither picture nor font nor profile nor a container of objects.
    private static bool IsContent(DictionaryToken dictionary) =>
        !dictionary.ContainsKey(NameToken.Create("Length1")) && !dictionary.ContainsKey(NameToken.N) && !dictionary.ContainsKey(NameToken.Width)
        && (!dictionary.TryGet(NameToken.Subtype, out NameToken kind) || kind.Equals(NameToken.Form));

    // Bytes between parentheses and angle brackets, an upper bound of the letters that are drawn.
    private static long StringBytes(ReadOnlySpan<byte> content)
    {
        long bytes = 0;
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] == (byte)'<')
            {
                var length = content[i..].IndexOf((byte)'>');
                if (length < 0) return bytes + ((content.Length - i) / 2);
                bytes += length / 2;
                i += length;
            }
            else if (content[i] == (byte)'(')
            {
                var depth = 1;
                for (i++; i < content.Length && depth > 0; i++)
                {
                    if (content[i] == (byte)'\\') i++;
                    else if (content[i] == (byte)'(') depth++;
                    else if (content[i] == (byte)')') depth--;
                    bytes++;
                }

                i--;
            }
        }

        return bytes;
    }

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
