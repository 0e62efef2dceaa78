using System.Buffers.Binary;
using Serverless.Documents.Office;
using Serverless.Documents.OpenDocument;

namespace Serverless.Documents.Office97;

/// <summary>The styles of a document, by their numbers ([MS-DOC], section 2.9.271).</summary>
internal sealed class BinaryStyles
{
    private const int MostStyles = 0x0FFE;
    private const int LongestLine = 10;
    private const int OfParagraphs = 1, OfCharacters = 2;

    // Numbers of the styles that every document has (section 2.9.260).
    private const int FirstContents = 19, LastContents = 27, Title = 62;

    private readonly List<Style?> _styles = [];

    public BinaryStyles(WordFile file)
    {
        var bytes = file.Part(WordFile.Styles);
        if (bytes.Length < 6) return;
        int header = BinaryPrimitives.ReadUInt16LittleEndian(bytes), count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]), fixedBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        bytes = bytes.Length > 2 + header ? bytes[(2 + header)..] : [];
        for (var i = 0; i < Math.Min(count, MostStyles) && bytes.Length >= 2; i++)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            if (bytes.Length < 2 + length) return;
            _styles.Add(length == 0 ? null : Read(bytes.Slice(2, length), fixedBytes, file.Data));
            bytes = bytes[(2 + length + (length & 1) is var next && next > bytes.Length ? bytes.Length : next)..];
        }
    }

    /// <summary>From 1; null for what is no heading.</summary>
    public int? Level(int style)
    {
        foreach (var found in Line(style))
        {
            if (found.Known is >= 1 and <= 9) return found.Known;
            if (found.Known == Title) return 1;
            if (found.Paragraph.Outline is >= 0 and < 9 and var outline) return outline + 1;
            if (WordStyles.LevelOf(found.Name) is { } level) return level;
        }

        return null;
    }

    /// <summary>Whether what has the style is a line of a table of contents.</summary>
    public bool IsOfContents(int style) => At(style) is { } found && (found.Known is >= FirstContents and <= LastContents || WordStyles.IsContents(found.Name));

    /// <summary>The list that what has the style is an item of, and its level there; null for none.</summary>
    public (int List, int? Level)? List(int style)
    {
        int? level = null;
        foreach (var found in Line(style))
        {
            level ??= found.Paragraph.ListLevel;
            if (found.Paragraph.List is { } list) return (list, level);
        }

        return null;
    }

    /// <summary>The format of characters of what has the style.</summary>
    public CharacterFormat Characters(int style)
    {
        var format = CharacterFormat.Plain;
        foreach (var found in Line(style).Reverse()) format = CharacterFormat.Read(found.Characters, format, _ => false);
        return format;
    }

    /// <summary>Whether a style of characters hides what has it.</summary>
    public bool Hides(int style) => Characters(style).IsHidden;

    private static Style? Read(ReadOnlySpan<byte> bytes, int fixedBytes, byte[] data)
    {
        if (bytes.Length < fixedBytes + 2 || fixedBytes < 10) return null;
        var (known, kind, on) = (BinaryPrimitives.ReadUInt16LittleEndian(bytes) & 0xFFF, BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) & 0xF);
        int letters = BinaryPrimitives.ReadUInt16LittleEndian(bytes[fixedBytes..]);
        var at = fixedBytes + 2 + (2 * letters) + 2;
        if (at > bytes.Length) return null;
        var style = new Style(known, kind >> 4, System.Text.Encoding.Unicode.GetString(bytes.Slice(fixedBytes + 2, 2 * letters)));
        for (var i = 0; i < on && at + 2 <= bytes.Length; i++)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            if (at + 2 + length > bytes.Length) break;
            var format = bytes.Slice(at + 2, length);
            if ((kind & 0xF) == OfParagraphs && i == 0) style.Paragraph = ParagraphFormat.Read(format, data);
            else if ((kind & 0xF) == OfParagraphs ? i == 1 : (kind & 0xF) == OfCharacters && i == 0) style.Characters = format.ToArray();
            at += 2 + length + (length & 1);
        }

        return style;
    }

    private Style? At(int style) => style >= 0 && style < _styles.Count ? _styles[style] : null;

    // A style and those that it is based on, the nearest first; where these go in a circle, it is long enough.
    private IEnumerable<Style> Line(int style)
    {
        for (var i = 0; i < LongestLine && At(style) is { } found; i++, style = found.Base) yield return found;
    }

    private sealed record Style(int Known, int Base, string Name)
    {
        public ParagraphFormat Paragraph { get; set; } = new();

        public byte[] Characters { get; set; } = [];
    }
}
