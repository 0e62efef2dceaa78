using System.Text;

namespace Serverless.Documents.Rtf;

/// <summary>A document's fonts: their names, and the code pages that text in them is written in.</summary>
internal sealed class RtfFonts
{
    private const int MaxFonts = 4096;
    private const int MaxName = 100;

    private readonly Dictionary<int, (int CodePage, StringBuilder Name)> _fonts = [];

    /// <summary>Of text in no font, and of the names themselves.</summary>
    public int DocumentCodePage { get; set; } = 1252;

    /// <summary>Of text that says no font.</summary>
    public int Default { get; set; }

    public void Add(int font)
    {
        if (_fonts.Count < MaxFonts) _fonts[font] = (DocumentCodePage, new StringBuilder());
    }

    /// <summary>Sets a font's code page, by its number or by a charset of Windows.</summary>
    public void Describe(int font, int number, bool isCodePage)
    {
        if (_fonts.TryGetValue(font, out var described)) _fonts[font] = described with { CodePage = isCodePage ? number : RtfCharsets.CodePage(number, DocumentCodePage) };
    }

    /// <summary>Adds to a font's name.</summary>
    public void AddName(int font, string text)
    {
        if (_fonts.TryGetValue(font, out var known) && known.Name.Length < MaxName) known.Name.Append(text);
    }

    public int CodePage(int font) => _fonts.TryGetValue(font, out var known) ? known.CodePage : DocumentCodePage;

    /// <summary>Null for a font that is not known.</summary>
    public string? Name(int font) => _fonts.TryGetValue(font, out var known) ? known.Name.ToString().Trim(' ', ';') : null;
}
