using System.Numerics.Tensors;

namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// Finds the border of a nucleus without ordering it: weights are added up in bins of like magnitude, from the highest bin on until the share is reached, and only the candidates of the
/// last bin, a few in a hundred, are cut exactly. Two passes over the weights where a selection among all takes many.
/// </summary>
internal sealed class NucleusCut
{
    /// <summary>A bin is a float's exponent and the first four bits of its fraction: weights within a sixteenth of a power of two of each other.</summary>
    private const int BinShift = 23 - 4;

    /// <summary>The bin of 1, which no weight exceeds, is the last.</summary>
    private const int Bins = (0x3F800000 >> BinShift) + 1;

    private readonly double[] _masses = new double[Bins];

    /// <summary>The lowest of the fewest highest keys (<see cref="CandidateCut.Key"/>) whose weights sum up to a share of all that are <paramref name="least"/> or more.</summary>
    /// <param name="weights">0 to 1, one of them 1.</param>
    /// <param name="share">Over 0, under 1.</param>
    /// <param name="keys">Scratch, as long as the weights.</param>
    public ulong Lowest(ReadOnlySpan<float> weights, float least, double share, Span<ulong> keys)
    {
        var masses = _masses.AsSpan();
        masses.Clear();
        foreach (float weight in weights)
            masses[BinOf(weight)] += weight >= least ? weight : 0;

        double need = share * TensorPrimitives.Sum<double>(masses);
        int bin = Bins - 1;
        while (bin > 0 && masses[bin] < need)
            need -= masses[bin--];

        int count = 0;
        for (int token = 0; token < weights.Length; token++)
        {
            // No branch on the comparison, which no predictor foresees; there is always room for one that does not stay.
            float weight = weights[token];
            keys[count] = CandidateCut.Key(weight, token);
            count += BinOf(weight) == bin && weight >= least && weight > 0 ? 1 : 0;
        }

        return CandidateCut.ByWeight(keys[..count], need);
    }

    private static int BinOf(float weight) => BitConverter.SingleToInt32Bits(weight) >> BinShift;
}
