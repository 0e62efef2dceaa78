namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// Cuts a set of candidates down to the likeliest ones, in place and in linear time (Hoare's quickselect). A candidate is a key that orders tokens by weight,
/// of equals the lower id first: no two keys are equal, so a cut is exact and the same however it is found.
/// </summary>
internal static class CandidateCut
{
    private const int SmallEnoughToSort = 32;

    /// <param name="weight">0 or more, not NaN: the bits of such floats are ordered as the floats are.</param>
    public static ulong Key(float weight, int token) => ((ulong)BitConverter.SingleToUInt32Bits(weight) << 32) | ~(uint)token;

    /// <summary>The lowest key of any token with this weight or more.</summary>
    public static ulong Floor(float weight) => (ulong)BitConverter.SingleToUInt32Bits(weight) << 32;

    public static float Weight(ulong key) => BitConverter.UInt32BitsToSingle((uint)(key >> 32));

    /// <summary>Of a <see cref="Floor"/>, which is no token's, the highest number there is.</summary>
    public static int Token(ulong key) => (int)Math.Min(~(uint)key, int.MaxValue - 1);

    /// <summary>The lowest of the <paramref name="count"/> highest keys, 1 to all of them; those come to stand first, in no order.</summary>
    public static ulong ByCount(Span<ulong> keys, int count) => Lowest(keys, count, byWeight: false);

    /// <summary>The lowest of the fewest highest keys whose weights sum up to <paramref name="mass"/>, at least one; of all keys where they do not reach it.</summary>
    public static ulong ByWeight(Span<ulong> keys, double mass) => Lowest(keys, mass, byWeight: true);

    private static ulong Lowest(Span<ulong> keys, double need, bool byWeight)
    {
        int low = 0, high = keys.Length;
        while (high - low > SmallEnoughToSort)
        {
            ulong pivot = Median(keys[low], keys[low + ((high - low) / 2)], keys[high - 1]);
            int border = low;
            double passed = 0;
            for (int i = low; i < high; i++)
            {
                // No branch on the comparison, which no predictor foresees: a low key changes places with another low one.
                ulong key = keys[i];
                int isHigh = key >= pivot ? 1 : 0;
                (keys[i], keys[border]) = (keys[border], key);
                border += isHigh;
                passed += isHigh * (byWeight ? Weight(key) : 1);
            }
            // The median of three is neither the highest nor the lowest, so that either side is smaller than the whole.
            if (passed >= need)
            {
                high = border;
            }
            else
            {
                need -= passed;
                low = border;
            }
        }
        var rest = keys[low..high];
        rest.Sort();
        rest.Reverse();
        int taken = 0;
        do
            need -= byWeight ? Weight(rest[taken]) : 1;
        while (++taken < rest.Length && need > 0);

        return rest[taken - 1];
    }

    private static ulong Median(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
