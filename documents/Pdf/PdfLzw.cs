namespace Serverless.Documents.Pdf;

/// <summary>How long an LZW stream's content is, counted without unpacking it (ISO 32000-1, section 7.4.4).</summary>
internal static class PdfLzw
{
    private const int Clear = 256;
    private const int End = 257;

    /// <returns>Bytes, or at least <paramref name="most"/> once there are so many.</returns>
    public static long Length(ReadOnlySpan<byte> packed, long most)
    {
        Span<int> lengths = stackalloc int[4097];
        var (next, bits, previous) = (258, 9, 0);
        long total = 0;
        uint held = 0;
        var available = 0;
        foreach (var value in packed)
        {
            held = (held << 8) | value;
            available += 8;
            if (available < bits) continue;
            var code = (int)((held >> (available - bits)) & ((1u << bits) - 1));
            available -= bits;
            if (code == End) return total;
            if (code == Clear)
            {
                (next, bits, previous) = (258, 9, 0);
                continue;
            }

            var length = code < 256 ? 1 : code < next ? lengths[code] : previous + 1;
            total += length;
            if (total >= most) return total;
            if (previous > 0 && next < 4096) lengths[next++] = previous + 1;
            previous = length;
            // One code early, as is the rule unless a stream says otherwise.
            bits = next + 1 >= 2048 ? 12 : next + 1 >= 1024 ? 11 : next + 1 >= 512 ? 10 : 9;
        }

        return total;
    }
}
