namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// The randomness of sampling: a pure function of (seed, position), so that an answer does not depend on its batch mates and can be
/// continued elsewhere. Two rounds of SplitMix64's finalizer (https://prng.di.unimi.it/splitmix64.c).
/// </summary>
internal static class SamplingNoise
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>Uniform in [0, 1).</summary>
    /// <param name="position">The place that the token takes in the sequence, the prompt included.</param>
    public static double Uniform(ulong seed, int position)
    {
        ulong bits = Mix(Mix(seed + GoldenGamma) + (GoldenGamma * ((ulong)position + 1)));
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
