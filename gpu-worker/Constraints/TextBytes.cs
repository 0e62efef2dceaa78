namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// The bytes within a string fall into few kinds, all bytes of which lead from any place in a text to the same one: where one of them leads need be
/// found once. The kinds are those that RFC 8259 and <see cref="Utf8Steps"/> tell apart.
/// </summary>
internal static class TextBytes
{
    /// <summary>For each byte the lowest of its kind.</summary>
    public static byte[] Kinds { get; } = FindKinds();

    private static byte[] FindKinds()
    {
        // Control characters, '"' and '\\' between the others of ASCII, continuations where E0, ED, F0 and F4 divide them, first bytes.
        byte[] borders = [0x00, 0x20, 0x80, 0x90, 0xA0, 0xC0, 0xC2, 0xE0, 0xE1, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5];
        var kinds = new byte[256];
        for (int value = 0; value < 256; value++)
            kinds[value] = value is '"' or '\\' ? (byte)value : borders.Last(border => border <= value);

        return kinds;
    }
}
