using System.Buffers.Binary;
using System.Text;

namespace Serverless.Documents.Office97;

/// <summary>The names of a document's fonts, by their numbers ([MS-DOC], section 2.9.286): some draw signs in place of letters.</summary>
internal sealed class BinaryFonts
{
    // Of an entry before its name, its own length among them.
    private const int Head = 40;
    private const int LongestName = 32;

    private readonly List<string> _names = [];

    public BinaryFonts(WordFile file)
    {
        var bytes = file.Part(WordFile.Fonts);
        if (bytes.Length < 4) return;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        bytes = bytes[4..];
        for (var i = 0; i < count && bytes.Length > bytes[0]; i++)
        {
            var entry = bytes[..(bytes[0] + 1)];
            _names.Add(entry.Length <= Head ? string.Empty : Encoding.Unicode.GetString(entry[Head..Math.Min(entry.Length, Head + (2 * LongestName))]).Split('\0')[0]);
            bytes = bytes[entry.Length..];
            if (bytes.IsEmpty) return;
        }
    }

    public string? Name(int? number) => number is >= 0 and var at && at < _names.Count ? _names[at] : null;
}
