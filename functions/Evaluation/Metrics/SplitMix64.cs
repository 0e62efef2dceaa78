namespace Serverless.Functions.Evaluation.Metrics;

/// <summary>A small generator whose sequence is the same everywhere and in every version: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014.</summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0..<paramref name="below"/> - 1, by multiplication (Lemire 2019); the bias, below 2^-32, is of no account here.</summary>
    public int Next(int below) => (int)(((Next() >> 32) * (ulong)below) >> 32);
}
