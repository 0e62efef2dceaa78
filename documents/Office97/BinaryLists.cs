using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Serverless.Documents.Office;

namespace Serverless.Documents.Office97;

/// <summary>The lists of a document ([MS-DOC], sections 2.9.131 and 2.9.192), for <see cref="WordNumbers"/> to count. What ends too early ends them: those before it count.</summary>
internal static class BinaryLists
{
    private const int ListBytes = 28, LevelBytes = 28, PlaceBytes = 16;
    private const int Levels = 9;

    public static WordNumbers Read(WordFile file)
    {
        var numbers = new WordNumbers();
        try
        {
            var lists = ReadLists(file.Part(WordFile.Lists), file.Rest(WordFile.Lists), numbers);
            ReadPlaces(file.Part(WordFile.ListOverrides), lists, numbers);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Paragraphs are text without their numbers too.
        }

        return numbers;
    }

    private static Dictionary<string, List<(int Start, string Format, string Text, bool IsLegal)>> ReadLists(ReadOnlySpan<byte> lists, ReadOnlySpan<byte> rest, WordNumbers numbers)
    {
        var found = new Dictionary<string, List<(int Start, string Format, string Text, bool IsLegal)>>(StringComparer.Ordinal);
        if (lists.Length < 2) return found;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(lists);
        rest = rest[lists.Length..];
        for (var i = 0; i < count; i++)
        {
            var list = lists.Slice(2 + (ListBytes * i), ListBytes);
            var levels = new List<(int Start, string Format, string Text, bool IsLegal)>();
            for (var left = (list[26] & 1) != 0 ? 1 : Levels; left > 0; left--) levels.Add(Level(ref rest));
            numbers.AddList(Id(list), levels);
            found[Id(list)] = levels;
        }

        return found;
    }

    private static (int Start, string Format, string Text, bool IsLegal) Level(ref ReadOnlySpan<byte> rest)
    {
        var level = rest[..LevelBytes];
        rest = rest[(LevelBytes + level[24] + level[25])..];
        int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
        {
            // A level's number stands as a character of it, from 0.
            var c = (char)BinaryPrimitives.ReadUInt16LittleEndian(rest[(2 + (2 * i))..]);
            if (c < Levels) text.Append(CultureInfo.InvariantCulture, $"%{c + 1}");
            else text.Append(c);
        }

        rest = rest[(2 + (2 * length))..];
        return (BinaryPrimitives.ReadInt32LittleEndian(level), Format(level[4]), text.ToString(), (level[5] & 4) != 0);
    }

    private static void ReadPlaces(ReadOnlySpan<byte> bytes, Dictionary<string, List<(int Start, string Format, string Text, bool IsLegal)>> lists, WordNumbers numbers)
    {
        if (bytes.Length < 4) return;
        var count = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(bytes), 0, (bytes.Length - 4) / PlaceBytes);
        var rest = bytes[(4 + (PlaceBytes * count))..];
        for (var i = 0; i < count; i++)
        {
            var place = bytes.Slice(4 + (PlaceBytes * i), PlaceBytes);
            var (id, list) = ((i + 1).ToString(CultureInfo.InvariantCulture), Id(place));
            var starts = new List<(int Level, int Start)>();
            var own = lists.GetValueOrDefault(list)?.ToList() ?? [];
            var isOwn = false;
            if (rest.Length >= 4) rest = rest[4..];
            for (var left = place[12] is > 0 and <= Levels ? place[12] : 0; left > 0; left--)
            {
                var (start, flags) = (BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[4..]));
                rest = rest[8..];
                var level = flags & 0xF;
                if ((flags & 0x20) == 0)
                {
                    if ((flags & 0x10) != 0) starts.Add((level, start));
                    continue;
                }

                // A level that is written otherwise here makes a list of its own.
                var written = Level(ref rest);
                if (level >= Levels) continue;
                while (own.Count <= level) own.Add(written);
                (own[level], isOwn) = (written, true);
            }

            if (isOwn) numbers.AddList(list = "own " + id, own);
            numbers.AddNumbering(id, list, starts);
        }
    }

    private static string Id(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture);

    // Section 2.9.131 and [MS-OSHARED], section 2.2.1.3; what is written otherwise is counted in figures.
    private static string Format(int code) => code switch
    {
        1 => "upperRoman",
        2 => "lowerRoman",
        3 => "upperLetter",
        4 => "lowerLetter",
        22 => "decimalZero",
        23 => "bullet",
        255 => "none",
        _ => "decimal",
    };
}
