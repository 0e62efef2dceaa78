using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Pdf;

/// <summary>
/// Mends a PDF that lost its table of references, its trailer, its catalog or its list of pages, as one that was cut off: its objects are searched for, those packed in object streams are written out,
/// and what is missing is put behind them. Pages that the lists which are left do not name stand in the order of the file.
/// </summary>
internal sealed partial class PdfRepair(ReadingScope scope)
{
    private const int Head = 1024;
    private const int Tail = 4096;

    private readonly MemoryStream _mended = new();
    private readonly SortedDictionary<int, (int Generation, int Start)> _table = [];

    /// <summary>Whether nothing at a file's end says where its table of references is.</summary>
    public static bool IsCut(ReadOnlySpan<byte> file) => file[Math.Max(0, file.Length - Tail)..].LastIndexOf("startxref"u8) < 0;

    /// <summary>The file with a table of its own; null where it has no pages, or is encrypted.</summary>
    /// <exception cref="DocumentRejectedException">Its object streams unpack to more than is permitted.</exception>
    /// <exception cref="OperationCanceledException">Time is up.</exception>
    public byte[]? Mend(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(file.Length, Head)].IndexOf("%PDF-"u8);
        if (start < 0) _mended.Write("%PDF-1.7\n"u8);
        _mended.Write(start < 0 ? file : file[start..]);
        // Of a stream that was cut off.
        _mended.Write("\nendstream\nendobj\n"u8);
        WriteObjectStreams();
        var whole = _mended.ToArray().AsSpan();
        var objects = new Dictionary<int, PdfObject>();
        foreach (var item in PdfObjectScan.All(whole))
        {
            scope.Check();
            if (item.IsWhole) objects[item.Number] = item;
        }

        foreach (var item in objects.Values) _table[item.Number] = (item.Generation, item.Start);
        if (Root(whole, objects) is not { } root) return null;
        // The parser loses a stream of another length than it says where no object follows it.
        Add(_table.Keys.Max() + 1, "null");
        WriteTable(root);
        return _mended.ToArray();
    }

    // As objects of their own, before those that stand behind their stream take their places.
    private void WriteObjectStreams()
    {
        var file = _mended.ToArray().AsSpan();
        var last = new Dictionary<int, int>();
        var streams = new List<PdfObject>();
        foreach (var item in PdfObjectScan.All(file))
        {
            scope.Check();
            last[item.Number] = item.Start;
            if (PdfObjectScan.IsOf(PdfObjectScan.Dictionary(file, item), "/ObjStm"u8)) streams.Add(item);
        }

        foreach (var stream in streams)
        {
            var said = Encoding.Latin1.GetString(PdfObjectScan.Dictionary(file, stream));
            if (Integer(First().Match(said).Groups[1].Value) is not { } first || Unpacked(file, stream, said) is not { } content || first > content.Length) continue;
            var numbers = Encoding.Latin1.GetString(content, 0, first).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var taken = 0;
            for (var i = 0; i + 1 < numbers.Length; i += 2)
            {
                // Objects stand behind one another: what goes back would write the same bytes again and again.
                if (Integer(numbers[i]) is not { } number || Integer(numbers[i + 1]) is not { } offset || offset < taken || offset > content.Length - first) continue;
                var end = i + 3 < numbers.Length && Integer(numbers[i + 3]) is { } next && next >= offset ? Math.Min(content.Length, first + next) : content.Length;
                taken = end - first;
                if (last.TryGetValue(number, out var later) && later > stream.Start) continue;
                Write($"{number.ToString(CultureInfo.InvariantCulture)} 0 obj\n");
                _mended.Write(content, first + offset, end - first - offset);
                Write("\nendobj\n");
            }
        }
    }

    private byte[]? Unpacked(ReadOnlySpan<byte> file, PdfObject item, string said)
    {
        var body = file[item.Body..item.End];
        if (PdfObjectScan.StreamStart(body) is not (>= 0 and var start)) return null;
        var content = body[start..];
        if (content is [(byte)'\r', ..]) content = content[1..];
        if (content is [(byte)'\n', ..]) content = content[1..];
        if (!said.Contains("/Filter", StringComparison.Ordinal)) return content.ToArray();
        if (!said.Contains("/FlateDecode", StringComparison.Ordinal)) return null;
        using var all = new MemoryStream();
        try
        {
            using var packed = scope.Unpack(new ZLibStream(new MemoryStream(content.ToArray()), CompressionMode.Decompress), content.Length);
            packed.CopyTo(all);
        }
        catch (InvalidDataException)
        {
            // What came before is right.
        }

        return all.ToArray();
    }

    // The number of the catalog that is there or is put behind the rest.
    private int? Root(ReadOnlySpan<byte> file, Dictionary<int, PdfObject> objects)
    {
        var (catalog, tops, pages) = ((int?)null, new List<PdfObject>(), 0);
        foreach (var item in objects.Values.OrderBy(item => item.Start))
        {
            scope.Check();
            var dictionary = PdfObjectScan.Dictionary(file, item);
            // Its content would come as signs.
            if (dictionary.IndexOf("/Standard"u8) >= 0 && Security().IsMatch(Encoding.Latin1.GetString(dictionary))) return null;
            if (PdfObjectScan.IsOf(dictionary, "/Catalog"u8) && PdfObjectScan.Reference(dictionary, "Pages") is { } list && objects.ContainsKey(list)) catalog = item.Number;
            var isPage = PdfObjectScan.IsOf(dictionary, "/Page"u8);
            if (isPage) pages++;
            if ((isPage || PdfObjectScan.IsOf(dictionary, "/Pages"u8)) && !(PdfObjectScan.Reference(dictionary, "Parent") is { } parent && objects.ContainsKey(parent))) tops.Add(item);
        }

        if (pages == 0) return null;
        if (catalog is not null && tops.Count <= 1) return catalog;
        var free = objects.Keys.Max() + 1;
        Add(free, $"<</Type/Pages/MediaBox[0 0 612 792]/Count {pages.ToString(CultureInfo.InvariantCulture)}/Kids[{string.Join(' ', tops.Select(top => string.Create(CultureInfo.InvariantCulture, $"{top.Number} {top.Generation} R")))}]>>");
        Add(free + 1, $"<</Type/Catalog/Pages {free.ToString(CultureInfo.InvariantCulture)} 0 R>>");
        return free + 1;
    }

    private void Add(int number, string content)
    {
        _table[number] = (0, (int)_mended.Length);
        Write($"{number.ToString(CultureInfo.InvariantCulture)} 0 obj\n{content}\nendobj\n");
    }

    private void WriteTable(int root)
    {
        var start = _mended.Length;
        var text = new StringBuilder("xref\n0 1\n0000000000 65535 f \n");
        foreach (var (number, (generation, at)) in _table) text.Append(CultureInfo.InvariantCulture, $"{number} 1\n{at:D10} {generation:D5} n \n");
        text.Append(CultureInfo.InvariantCulture, $"trailer\n<</Size {_table.Keys.Max() + 1}/Root {root} {_table[root].Generation} R>>\nstartxref\n{start}\n%%EOF\n");
        Write(text.ToString());
    }

    private static int? Integer(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private void Write(string text) => _mended.Write(Encoding.Latin1.GetBytes(text));

    [GeneratedRegex(@"/First\s+([0-9]{1,9})\b", RegexOptions.NonBacktracking)]
    private static partial Regex First();

    [GeneratedRegex(@"/Filter\s*/Standard\b", RegexOptions.NonBacktracking)]
    private static partial Regex Security();
}
