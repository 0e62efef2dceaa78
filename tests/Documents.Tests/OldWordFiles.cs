using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>Documents of Word 97 to 2003 ([MS-DOC]), each paragraph a piece of its own: of one byte a character where it can be, else of two.</summary>
internal static class OldWordFiles
{
    private const int Page = 512, TextFrom = 0x600, RunsOfPage = 6;

    /// <param name="Changes">Of the format of its characters: <see cref="Change"/>.</param>
    public sealed record Run(string Text, byte[]? Changes = null);

    /// <param name="End">A carriage return, a cell's end, a page break.</param>
    /// <param name="EndChanges">Of the format of its end, as of a character.</param>
    public sealed record Paragraph(IReadOnlyList<Run> Runs, char End = '\r', int Style = 0, byte[]? Changes = null, byte[]? EndChanges = null);

    /// <param name="Known">The number by which Word knows it, as 1 for a heading of the first level; 4094 for one of the document's own.</param>
    /// <param name="Base">The number of the style that it is based on; 4095 for none.</param>
    public sealed record Style(int Known, string Name, int Base = 0xFFF, byte[]? Paragraph = null, byte[]? Characters = null);

    /// <param name="Text">With a % and a level's number, from 1, for each number.</param>
    public sealed record Level(int Format, string Text, int Start = 1);

    public static Paragraph Of(string text, int style = 0, params byte[][] changes) => new([new Run(text)], '\r', style, [.. changes.SelectMany(change => change)]);

    public static Paragraph Cell(string text, params byte[][] changes) => new([new Run(text)], '\a', 0, [.. Change(0x2416, 1), .. changes.SelectMany(change => change)]);

    /// <summary>A row's end, with where its cells begin and the last ends, and the flags of each (section 2.9.323).</summary>
    public static Paragraph RowEnd(int[] edges, int[] flags)
    {
        byte[] definition = [(byte)flags.Length, .. edges.SelectMany(edge => BitConverter.GetBytes((short)edge)), .. flags.SelectMany(flag => new byte[] { (byte)flag, 0 }.Concat(new byte[18]))];
        return new([], '\a', 0, [.. Change(0x2416, 1), .. Change(0x2417, 1), 0x08, 0xD6, .. BitConverter.GetBytes((short)(definition.Length + 1)), .. definition]);
    }

    public static byte[] Change(int code, int value) => (code >> 13) switch
    {
        0 or 1 => [(byte)code, (byte)(code >> 8), (byte)value],
        3 => [(byte)code, (byte)(code >> 8), .. BitConverter.GetBytes(value)],
        _ => [(byte)code, (byte)(code >> 8), (byte)value, (byte)(value >> 8)],
    };

    /// <param name="footnotes">Their calls are the characters 2 of the text, in order; each begins with one.</param>
    public static byte[] Write(
        IReadOnlyList<Paragraph> paragraphs, IReadOnlyList<Style>? styles = null, IReadOnlyList<Level>? list = null, IReadOnlyList<Paragraph>? footnotes = null, IReadOnlyList<Paragraph>? boxes = null, int flags = 0)
    {
        var (text, table) = (new byte[TextFrom], new MemoryStream());
        var all = new List<Paragraph>([.. paragraphs, .. footnotes ?? [], .. boxes ?? []]);
        var stream = new MemoryStream();
        stream.Write(text);
        var (pieces, characters, formats, first) = (new List<(int First, int At, bool IsNarrow)>(), new List<(int From, int To, byte[] Format)>(), new List<(int From, int To, byte[] Format)>(), 0);
        foreach (var paragraph in all)
        {
            var isNarrow = paragraph.Runs.All(run => run.Text.All(char.IsAscii));
            pieces.Add((first, (int)stream.Position, isNarrow));
            var from = (int)stream.Position;
            foreach (var run in paragraph.Runs.Append(new Run(paragraph.End.ToString(), paragraph.EndChanges)))
            {
                var at = (int)stream.Position;
                stream.Write((isNarrow ? Encoding.Latin1 : Encoding.Unicode).GetBytes(run.Text));
                characters.Add((at, (int)stream.Position, run.Changes ?? []));
                first += run.Text.Length;
            }

            formats.Add((from, (int)stream.Position, [.. BitConverter.GetBytes((short)paragraph.Style), .. paragraph.Changes ?? []]));
        }

        Pad();
        var characterPages = AddPages(characters, 1, format => [(byte)format.Length, .. format]);
        var paragraphPages = AddPages(formats, 13, format => format.Length % 2 == 0 ? [0, (byte)(format.Length / 2), .. format] : [(byte)((format.Length + 1) / 2), .. format]);
        text = stream.ToArray();
        (text[0], text[1], text[2]) = (0xEC, 0xA5, 0xC1);
        BinaryPrimitives.WriteUInt16LittleEndian(text.AsSpan(10), (ushort)(0x0200 | flags));
        var (main, notes) = (Count(paragraphs), Count(footnotes ?? []));
        Set(0x4C, main);
        Set(0x50, notes);
        Set(0x64, Count(boxes ?? []));
        Part(1, [18, 0, .. Halves((styles ?? []).Count, 10, 1, 0, 0, 0, 0, 0, 0), .. (styles ?? []).SelectMany(WriteStyle)]);
        var calls = paragraphs.SelectMany(paragraph => string.Concat(paragraph.Runs.Select(run => run.Text)) + paragraph.End).Select((c, i) => (c, i)).Where(item => item.c == '\u0002').Select(item => item.i).ToList();
        if (footnotes is not null)
        {
            Part(2, [.. Wholes([.. calls, main]), .. new byte[2 * calls.Count]]);
            Part(3, Wholes([0, .. footnotes.Select((_, i) => Count(footnotes.Take(i + 1)))]));
        }

        Part(12, characterPages);
        Part(13, paragraphPages);
        byte[] places = [.. Wholes([.. pieces.Select(piece => piece.First), first]), .. pieces.SelectMany(piece => new byte[2].Concat(Wholes(piece.IsNarrow ? (piece.At * 2) | 0x4000_0000 : piece.At)).Concat(new byte[2]))];
        // Formats that pieces share stand before them.
        Part(33, [1, 3, 0, 1, 2, 3, 2, .. Wholes(places.Length), .. places]);
        if (list is not null)
        {
            byte[] levels = [.. list.SelectMany(WriteLevel), .. Enumerable.Range(0, 9 - list.Count).SelectMany(_ => WriteLevel(new Level(0, "")))];
            Part(73, [1, 0, .. Wholes(77), .. new byte[24], .. levels], levels.Length);
            Part(74, [.. Wholes(1, 77), .. new byte[12], .. Wholes(-1)]);
        }

        return CompoundFiles.Write(new CompoundFiles.Item("WordDocument", text), new CompoundFiles.Item("1Table", table.ToArray()));

        void Pad() => stream.Write(new byte[(Page - (stream.Length % Page)) % Page]);

        byte[] AddPages(List<(int From, int To, byte[] Format)> runs, int entry, Func<byte[], byte[]> written)
        {
            var pages = runs.Chunk(RunsOfPage).Select(chunk => (chunk[0].From, Page: AddPage(chunk, entry, written))).ToList();
            return Wholes([.. pages.Select(page => page.From), runs[^1].To, .. pages.Select(page => page.Page)]);
        }

        int AddPage((int From, int To, byte[] Format)[] runs, int entry, Func<byte[], byte[]> written)
        {
            var (page, end) = (new byte[Page], Page - 2);
            page[^1] = (byte)runs.Length;
            for (var i = 0; i < runs.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(4 * i), runs[i].From);
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(4 * (i + 1)), runs[i].To);
                if (runs[i].Format.Length == 0) continue;
                var format = written(runs[i].Format);
                end = (end - format.Length) & ~1;
                format.CopyTo(page, end);
                page[(4 * (runs.Length + 1)) + (entry * i)] = (byte)(end / 2);
            }

            stream.Write(page);
            return (int)(stream.Length / Page) - 1;
        }

        void Set(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(at), value);

        void Part(int number, byte[] bytes, int uncounted = 0)
        {
            Set(0x9A + (8 * number), (int)table.Length);
            Set(0x9A + (8 * number) + 4, bytes.Length - uncounted);
            table.Write(bytes);
        }
    }

    private static int Count(IEnumerable<Paragraph> paragraphs) => paragraphs.Sum(paragraph => paragraph.Runs.Sum(run => run.Text.Length) + 1);

    private static byte[] WriteStyle(Style style, int number)
    {
        byte[] paragraph = [.. Halves(number), .. style.Paragraph ?? []];
        byte[] bytes =
        [
            .. Halves(style.Known, (style.Base << 4) | 1, 2, 0, 0, style.Name.Length), .. Encoding.Unicode.GetBytes(style.Name), 0, 0,
            .. Halves(paragraph.Length), .. paragraph, .. new byte[paragraph.Length & 1], .. Halves(style.Characters?.Length ?? 0), .. style.Characters ?? [], .. new byte[(style.Characters?.Length ?? 0) & 1],
        ];
        return [.. Halves(bytes.Length), .. bytes];
    }

    private static byte[] WriteLevel(Level level)
    {
        var text = new StringBuilder(level.Text);
        for (var i = 1; i <= 9; i++) text.Replace($"%{i}", ((char)(i - 1)).ToString());
        return [.. Wholes(level.Start), (byte)level.Format, .. new byte[23], .. Halves(text.Length), .. Encoding.Unicode.GetBytes(text.ToString())];
    }

    private static byte[] Halves(params int[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)value))];

    private static byte[] Wholes(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
