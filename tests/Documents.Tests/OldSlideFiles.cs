using System.Text;

namespace Serverless.Documents.Tests;

/// <summary>Presentations of PowerPoint 97 to 2003 ([MS-PPT]).</summary>
internal static class OldSlideFiles
{
    public const int Title = 0, Body = 1, NotesText = 2, Other = 4;

    /// <param name="Shapes">What is drawn: <see cref="Box"/>, <see cref="Table"/>.</param>
    /// <param name="Outline">Texts of its placeholders, by their kinds.</param>
    /// <param name="Notes">What is drawn on its page of notes; null for none.</param>
    public sealed record Slide(byte[] Shapes, (int Kind, string Text)[]? Outline = null, bool IsHidden = false, byte[]? Notes = null);

    public static byte[] Box(int kind, string text, byte placeholder = 0, bool isHidden = false) => Shape(
        [.. Record(0x0F9F, 0, BitConverter.GetBytes(kind)), .. Text(text)],
        [.. placeholder == 0 ? [] : Record(0xF011, 0, Record(0x0BC3, 0, [0, 0, 0, 0, placeholder, 0, 0, 0]), isContainer: true), .. isHidden ? Record(0xF00B, 1, [0xBF, 0x03, 2, 0, 2, 0]) : []]);

    /// <summary>A placeholder, by the number of its text in the outline.</summary>
    public static byte[] Placeholder(int text) => Shape(Record(0x0F9E, 0, BitConverter.GetBytes(text)), []);

    public static byte[] Group(params byte[][] shapes) => Record(0xF003, 0, [.. Record(0xF004, 0, [], isContainer: true), .. shapes.SelectMany(shape => shape)], isContainer: true);

    public static byte[] Table(params (int Left, int Top, int Bottom, string Text)[] cells) => Record(
        0xF003, 0,
        [
            .. Record(0xF004, 0, Record(0xF122, 1, [0x9F, 0x03, 1, 0, 0, 0]), isContainer: true),
            .. cells.SelectMany(cell => Shape([.. Record(0x0F9F, 0, BitConverter.GetBytes(Other)), .. Text(cell.Text)], Record(0xF00F, 0, [.. Wholes(cell.Left, cell.Top, cell.Left + 10, cell.Bottom)]))),
        ],
        isContainer: true);

    /// <param name="edits">How often it was saved; what was written before still stands in it.</param>
    public static byte[] Write(IReadOnlyList<Slide> slides, int edits = 1, uint token = 0xE391C05F)
    {
        var stream = new MemoryStream();
        var (last, places) = (0, new List<int>());
        for (var edit = 0; edit < edits; edit++)
        {
            var isLast = edit == edits - 1;
            places.Clear();
            places.Add(0);
            foreach (var (i, slide) in slides.Index())
            {
                places.Add((int)stream.Position);
                stream.Write(Record(
                    0x03EE, 0,
                    [.. Record(0x03EF, 0, [.. new byte[16], .. Wholes(slide.Notes is null ? 0 : 900 + i), .. new byte[4]]), .. Record(0x03F9, 0, [.. new byte[10], (byte)(slide.IsHidden ? 4 : 0), 0, .. new byte[4]]), .. Drawing(isLast ? slide.Shapes : Box(Title, "Old"))],
                    isContainer: true));
            }

            foreach (var slide in slides.Where(slide => slide.Notes is not null))
            {
                places.Add((int)stream.Position);
                stream.Write(Record(0x03F0, 0, [.. Record(0x03F1, 0, new byte[8]), .. Drawing(slide.Notes!)], isContainer: true));
            }

            places[0] = (int)stream.Position;
            var notes = slides.Index().Where(item => item.Item.Notes is not null).Select((item, n) => Place(slides.Count + 2 + n, 900 + item.Index, []));
            stream.Write(Record(
                0x03E8, 0, [.. Record(0x0FF0, 0, [.. slides.Index().SelectMany(item => Place(item.Index + 2, 256 + item.Index, item.Item.Outline ?? []))], isContainer: true), .. Record(0x0FF0, 2, [.. notes.SelectMany(note => note)], isContainer: true)], isContainer: true));
            var at = (int)stream.Position;
            stream.Write(Record(0x1772, 0, [.. Wholes((places.Count << 20) | 1), .. Wholes([.. places])]));
            var before = last;
            last = (int)stream.Position;
            stream.Write(Record(0x0FF5, 0, Wholes(0, 0, before, at, 1, 0, 0)));
        }

        return CompoundFiles.Write(
            new CompoundFiles.Item("PowerPoint Document", stream.ToArray()), new CompoundFiles.Item("Current User", Record(0x0FF6, 0, [.. Wholes(20), .. BitConverter.GetBytes(token), .. Wholes(last), .. new byte[8]])));
    }

    private static byte[] Place(int number, int id, (int Kind, string Text)[] texts) =>
        [.. Record(0x03F3, 0, Wholes(number, 0, texts.Length, id, 0)), .. texts.SelectMany(text => Record(0x0F9F, 0, Wholes(text.Kind)).Concat(Text(text.Text)))];

    private static byte[] Drawing(byte[] shapes) => Record(0x040C, 0, Record(0xF002, 0, Group(shapes), isContainer: true), isContainer: true);

    private static byte[] Shape(byte[] box, byte[] rest) => Record(0xF004, 0, [.. rest, .. Record(0xF00D, 0, box, isContainer: true)], isContainer: true);

    private static byte[] Text(string text) => text.All(c => c < 256) ? Record(0x0FA8, 0, Encoding.Latin1.GetBytes(text)) : Record(0x0FA0, 0, Encoding.Unicode.GetBytes(text));

    private static byte[] Record(int type, int instance, byte[] content, bool isContainer = false) =>
        [.. BitConverter.GetBytes((ushort)((instance << 4) | (isContainer ? 0xF : 0))), .. BitConverter.GetBytes((ushort)type), .. BitConverter.GetBytes(content.Length), .. content];

    private static byte[] Wholes(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
