namespace Serverless.Documents.Signs;

/// <summary>
/// What the letters of fonts mean that draw signs instead of them: Symbol (by Adobe's Symbol encoding, as Unicode's mapping file SYMBOL.TXT has it) and what checklists and arrows take from Wingdings.
/// </summary>
internal static class SymbolFont
{
    private const int Private = 0xF000;
    private const int First = 0x20;

    // From 20 hexadecimal on; what has no character of its own is a space.
    private const string Symbol =
        " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼ "
        + "                                €ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭ ";

    private static readonly Dictionary<int, char> Wingdings = Signs(
        (0x28, '☎'), (0x2A, '✉'), (0x46, '☞'), (0x4A, '☺'), (0x4C, '☹'), (0x6C, '•'), (0x6E, '■'), (0x6F, '☐'), (0x71, '☐'), (0x76, '•'), (0x77, '•'),
        (0x9F, '•'), (0xA7, '•'), (0xA8, '☐'), (0xD8, '•'), (0xDF, '←'), (0xE0, '→'), (0xE1, '↑'), (0xE2, '↓'), (0xE8, '→'), (0xEF, '⇐'), (0xF0, '⇒'),
        (0xFB, '✗'), (0xFC, '✓'), (0xFD, '☒'), (0xFE, '☑'));

    private static readonly Dictionary<int, char> Wingdings2 = Signs(
        (0x4F, '✗'), (0x50, '✓'), (0x51, '☒'), (0x52, '☑'), (0x53, '☒'), (0x54, '☒'), (0x96, '•'), (0x97, '•'), (0xA3, '☐'));

    /// <summary>The sign that a font draws for a character; null where the font is none of these, or has none that Unicode has.</summary>
    /// <param name="font">Its name.</param>
    /// <param name="code">A byte, or that in Unicode's private use from F000 on.</param>
    public static char? Sign(string? font, int code)
    {
        if (code is >= Private and <= Private + 0xFF) code -= Private;
        if (string.Equals(font, "Symbol", StringComparison.OrdinalIgnoreCase))
            return code >= First && code - First < Symbol.Length && (Symbol[code - First] != ' ' || code == First) ? Symbol[code - First] : null;
        var signs = string.Equals(font, "Wingdings", StringComparison.OrdinalIgnoreCase) ? Wingdings : string.Equals(font, "Wingdings 2", StringComparison.OrdinalIgnoreCase) ? Wingdings2 : null;
        return signs is not null && signs.TryGetValue(code, out var sign) ? sign : null;
    }

    private static Dictionary<int, char> Signs(params (int Code, char Sign)[] signs) => signs.ToDictionary(sign => sign.Code, sign => sign.Sign);
}
