namespace Serverless.Functions.Providers;

/// <summary>
/// Puts characters together that come in two pieces: servers that cut texts by UTF-16 send one outside the BMP as two escapes, each in a chunk of its own.
/// </summary>
/// <param name="answers">How many texts are received at a time.</param>
internal sealed class SplitCharacters(int answers)
{
    // For each text the first half of a character whose second half comes with the next chunk; null where none waits.
    private char[]? _halves;

    public bool AreWaiting => _halves is not null;

    /// <summary>The next piece of a text, with the half that waited for it and without one that it ends with. Halves that stay alone become U+FFFD.</summary>
    /// <param name="index">Of the text, from 0.</param>
    /// <param name="isEnd">Nothing follows that a half could wait for.</param>
    public string? Join(int index, string? text, bool isEnd)
    {
        var half = _halves?[index] ?? '\0';
        if (half == '\0' && (text is null || !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))) return text;
        if (half != '\0') text = half + text;
        _halves ??= new char[answers];
        _halves[index] = !isEnd && text is [.., var last] && char.IsHighSurrogate(last) ? last : '\0';
        if (_halves[index] != '\0') text = text![..^1];
        if (Array.TrueForAll(_halves, waiting => waiting == '\0')) _halves = null;
        return text is null ? null : EscapedText.WithoutHalves(text);
    }
}
