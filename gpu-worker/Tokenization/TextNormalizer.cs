using System.Buffers;
using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Brings text into the form that pieces are written in: character rules, collapsed spaces, the leading word mark, spaces as
/// U+2581 (Normalizer::Normalize of google/sentencepiece). User-defined pieces pass unchanged.
/// </summary>
internal sealed class TextNormalizer(NormalizerSpec spec, bool whitespaceAsSuffix, PieceTrie? userDefined)
{
    private readonly CharacterRules? _rules = spec.PrecompiledCharsmap.Length == 0 ? null : new CharacterRules(spec.PrecompiledCharsmap);

    private ReadOnlySpan<byte> Space => spec.EscapeWhitespaces ? "\u2581"u8 : " "u8;

    /// <summary>The normalised text in UTF-8; an unpaired surrogate counts as U+FFFD.</summary>
    public byte[] Normalize(string text)
    {
        ReadOnlySpan<byte> input = Encoding.UTF8.GetBytes(text);
        if (spec.RemoveExtraWhitespaces)
        {
            while (!input.IsEmpty && Next(input, out var first) is var length && first.SequenceEqual(" "u8)) input = input[length..];
        }

        if (input.IsEmpty) return [];
        var output = new ArrayBufferWriter<byte>(input.Length + input.Length / 2 + 8);
        if (!whitespaceAsSuffix && spec.AddDummyPrefix) output.Write(Space);
        var afterSpace = spec.RemoveExtraWhitespaces;
        while (!input.IsEmpty)
        {
            var consumed = Next(input, out var piece);
            if (afterSpace) piece = piece.TrimStart((byte)' ');
            foreach (var value in piece)
            {
                if (value == (byte)' ') output.Write(Space);
                else output.Write([value]);
            }

            if (!piece.IsEmpty) afterSpace = piece[^1] == (byte)' ';
            if (!spec.RemoveExtraWhitespaces) afterSpace = false;
            input = input[consumed..];
        }

        var written = output.WrittenSpan;
        if (spec.RemoveExtraWhitespaces)
        {
            while (written.EndsWith(Space)) written = written[..^Space.Length];
        }

        return whitespaceAsSuffix && spec.AddDummyPrefix ? [.. written, .. Space] : written.ToArray();
    }

    /// <summary>The normal form of what stands at the start of <paramref name="input"/> and how many bytes it takes the place of.</summary>
    private int Next(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> normal)
    {
        var length = userDefined?.LongestPrefix(input) ?? 0;
        if (length == 0 && _rules is not null)
        {
            length = _rules.Match(input, out normal);
            if (length > 0) return length;
        }

        if (length == 0) length = Utf8.CharacterLength(input[0]);
        normal = input[..length];
        return length;
    }
}
