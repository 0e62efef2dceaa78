using Serverless.Contracts;

namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>
/// The characters of <see cref="QuotationMarks"/> byte by byte. Each is given by its bytes in UTF-8, the first highest, as a number.
/// </summary>
internal static class MarkBytes
{
    /// <summary>The character is no quotation mark.</summary>
    public const int None = -1;

    /// <summary>It is one that opens nothing: outside a quote it cannot stand.</summary>
    public const int Closing = -2;

    private static readonly uint[] Openers = [.. QuotationMarks.Pairs.Select(pair => Packed(pair.Opens))];
    private static readonly uint[] Unpaired = [.. QuotationMarks.Others.Select(Packed)];
    private static readonly byte[][][] Closers = [.. QuotationMarks.Pairs.Select(pair => pair.Closes.Select(Utf8).ToArray())];

    /// <summary>All of them.</summary>
    public static string All { get; } = string.Concat(QuotationMarks.Pairs.Select(pair => pair.Opens + pair.Closes)) + QuotationMarks.Others;

    /// <summary>Which pair a character opens; <see cref="None"/> or <see cref="Closing"/>.</summary>
    /// <param name="character">Its bytes as a number.</param>
    public static int Find(uint character)
    {
        int pair = Openers.AsSpan().IndexOf(character);
        return pair >= 0 ? pair : Unpaired.AsSpan().Contains(character) ? Closing : None;
    }

    /// <summary>Whether a byte goes on with the mark that closes a quote of a pair, of which some bytes have come, and whether it completes it.</summary>
    public static (bool Matches, bool Completes) Close(int pair, int bytes, byte next)
    {
        // Those of one pair differ in their last byte only.
        foreach (byte[] mark in Closers[pair])
            if (bytes < mark.Length && mark[bytes] == next)
                return (true, bytes == mark.Length - 1);

        return (false, false);
    }

    private static uint Packed(char character) => Utf8(character).Aggregate(0u, (packed, value) => packed << 8 | value);

    private static byte[] Utf8(char character) => System.Text.Encoding.UTF8.GetBytes([character]);
}
