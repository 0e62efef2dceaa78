using System.Globalization;
using System.Text;

namespace Serverless.Documents.Rtf;

/// <summary>Reads RTF piece by piece (Rich Text Format Specification 1.9.1, "RTF Syntax"). Line ends between the pieces are none of the text's.</summary>
internal sealed class RtfTokens(ReadOnlyMemory<byte> content)
{
    private const int MaxWord = 32;
    private const int MaxDigits = 10;

    private int _at;

    /// <summary>Of a word: its letters.</summary>
    public string Word { get; private set; } = string.Empty;

    /// <summary>Of a word: its number; null for none.</summary>
    public int? Number { get; private set; }

    /// <summary>Of a byte or a symbol.</summary>
    public byte Value { get; private set; }

    public RtfTokenKind Next()
    {
        var bytes = content.Span;
        while (_at < bytes.Length)
        {
            var value = bytes[_at++];
            switch (value)
            {
                case (byte)'\r' or (byte)'\n' or 0:
                    continue;
                case (byte)'{':
                    return RtfTokenKind.Open;
                case (byte)'}':
                    return RtfTokenKind.Close;
                case (byte)'\\' when _at < bytes.Length:
                    return Control(bytes);
                default:
                    Value = value;
                    return RtfTokenKind.Byte;
            }
        }

        return RtfTokenKind.End;
    }

    /// <summary>Passes over bytes that are no RTF.</summary>
    public void Skip(int bytes) => _at = (int)Math.Min(content.Length, (long)_at + Math.Max(0, bytes));

    private RtfTokenKind Control(ReadOnlySpan<byte> bytes)
    {
        if (!char.IsAsciiLetter((char)bytes[_at]))
        {
            Value = bytes[_at++];
            if (Value != '\'') return RtfTokenKind.Symbol;
            if (_at + 2 > bytes.Length || !byte.TryParse(bytes.Slice(_at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)) return RtfTokenKind.Symbol;
            _at += 2;
            Value = hex;
            return RtfTokenKind.Byte;
        }

        var start = _at;
        while (_at < bytes.Length && _at - start < MaxWord && char.IsAsciiLetter((char)bytes[_at])) _at++;
        Word = Encoding.ASCII.GetString(bytes[start.._at]);
        var digits = _at;
        if (_at + 1 < bytes.Length && bytes[_at] == '-' && char.IsAsciiDigit((char)bytes[_at + 1])) _at++;
        while (_at < bytes.Length && _at - digits < MaxDigits && char.IsAsciiDigit((char)bytes[_at])) _at++;
        Number = int.TryParse(bytes[digits.._at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        // One space ends a word and is none of the text's.
        if (_at < bytes.Length && bytes[_at] == ' ') _at++;
        return RtfTokenKind.Word;
    }
}
