using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Pdf;

/// <summary>Finds the objects of a PDF without its tables, by <c>N G obj</c>, and what kind each is.</summary>
internal static partial class PdfObjectScan
{
    /// <summary>Indirect objects that a file may have (ISO 32000-1, annex C).</summary>
    private const int MaxNumber = 8_388_607;

    /// <summary>The objects in the order in which they stand in the file; of a number there may be several, the last of which counts.</summary>
    public static List<PdfObject> All(ReadOnlySpan<byte> file)
    {
        var found = new List<PdfObject>();
        for (var at = 0; file[at..].IndexOf("obj"u8) is >= 0 and var next; at += 3)
        {
            at += next;
            if (Before(file[..at]) is not var (number, generation, start)) continue;
            if (found.Count > 0) found[^1] = Ended(file, found[^1], start);
            found.Add(new PdfObject(number, generation, start, at + 3, file.Length, IsWhole: true));
        }

        if (found.Count > 0) found[^1] = Ended(file, found[^1], file.Length);
        return found;
    }

    /// <summary>What an object says before its stream begins; all of it where it has none.</summary>
    public static ReadOnlySpan<byte> Dictionary(ReadOnlySpan<byte> file, PdfObject item)
    {
        var body = file[item.Body..item.End];
        var stream = Stream(body);
        return stream < 0 ? body : body[..stream];
    }

    /// <summary>Where the word <c>stream</c> ends that begins an object's stream; below 0 where there is none.</summary>
    public static int StreamStart(ReadOnlySpan<byte> body) => Stream(body) is >= 0 and var at ? at + "stream"u8.Length : -1;

    /// <summary>Whether a dictionary says <c>/Type /{type}</c>.</summary>
    public static bool IsOf(ReadOnlySpan<byte> dictionary, ReadOnlySpan<byte> type)
    {
        for (int at; (at = dictionary.IndexOf("/Type"u8)) >= 0;)
        {
            dictionary = dictionary[(at + "/Type"u8.Length)..];
            var name = dictionary.TrimStart(" \t\r\n\f\0"u8);
            if (name.StartsWith(type) && (name.Length == type.Length || !char.IsAsciiLetterOrDigit((char)name[type.Length]))) return true;
        }

        return false;
    }

    /// <summary>The object that an entry refers to; null where it is not there or no reference.</summary>
    public static int? Reference(ReadOnlySpan<byte> dictionary, string name)
    {
        foreach (Match match in Entry().Matches(Encoding.Latin1.GetString(dictionary)))
        {
            if (match.Groups[1].Value == name && int.TryParse(match.Groups[2].Value, out var number)) return number;
        }

        return null;
    }

    // A string may hold the word too: where a stream begins, a dictionary ends and a line.
    private static int Stream(ReadOnlySpan<byte> body)
    {
        for (var at = 0; body[at..].IndexOf("stream"u8) is >= 0 and var next; at += 6)
        {
            at += next;
            if (body[..at].TrimEnd(" \t\r\n\f\0"u8).EndsWith(">>"u8)) return at;
        }

        return -1;
    }

    private static PdfObject Ended(ReadOnlySpan<byte> file, PdfObject item, int next)
    {
        var body = file[item.Body..next];
        var end = body.LastIndexOf("endobj"u8);
        return item with { End = end < 0 ? next : item.Body + end, IsWhole = end >= 0 || next < file.Length || Stream(body) >= 0 };
    }

    // "12 0 " before "obj".
    private static (int Number, int Generation, int Start)? Before(ReadOnlySpan<byte> text)
    {
        var rest = text.TrimEnd(" \t\r\n\f\0"u8);
        if (Digits(ref rest) is not { } generation) return null;
        var before = rest.TrimEnd(" \t\r\n\f\0"u8);
        if (before.Length == rest.Length || Digits(ref before) is not (>= 1 and <= MaxNumber and var number) || generation > ushort.MaxValue) return null;
        return (number, generation, before.Length);
    }

    private static int? Digits(ref ReadOnlySpan<byte> text)
    {
        var start = text.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1;
        if (!int.TryParse(text[start..], out var value)) return null;
        text = text[..start];
        return value;
    }

    [GeneratedRegex(@"/(\w+)\s+([0-9]{1,8})\s+[0-9]{1,5}\s+R\b", RegexOptions.NonBacktracking)]
    private static partial Regex Entry();
}
