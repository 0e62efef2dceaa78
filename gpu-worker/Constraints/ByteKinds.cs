namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// Bytes in kinds, as a table of the lowest byte of each one's kind. What tells apart all that any of several places do is found once for each two
/// tables. Not thread-safe.
/// </summary>
internal sealed class ByteKinds
{
    // Of about 300 bytes each.
    private const int MaxKept = 4096;

    private readonly Dictionary<(byte[], byte[]), byte[]> _both = [];

    /// <summary>Kinds whose bytes lead from every place to the same; null where one of them does not know.</summary>
    public byte[]? Of(Frame[] places)
    {
        byte[]? all = null;
        foreach (var place in places)
        {
            if (place.Kinds is not { } kinds)
                return null;

            all = all is null || all == kinds ? kinds : Both(all, kinds);
        }
        return all;
    }

    private byte[] Both(byte[] a, byte[] b)
    {
        if (_both.TryGetValue((a, b), out byte[]? known))
            return known;
        if (_both.Count == MaxKept)
            _both.Clear();

        var firsts = new Dictionary<(byte, byte), byte>();
        var both = new byte[256];
        for (int value = 0; value < 256; value++)
        {
            firsts.TryAdd((a[value], b[value]), (byte)value);
            both[value] = firsts[(a[value], b[value])];
        }
        // One that tells no more apart than another stays the same instance, so that few tables are made.
        return _both[(a, b)] = both.AsSpan().SequenceEqual(a) ? a : both.AsSpan().SequenceEqual(b) ? b : both;
    }
}
