using System.Runtime.InteropServices;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>
/// Random float16 weights of any Llama shape, normally distributed, from one buffer of 8 MB: every matrix is that buffer again and again, from
/// a place of its own. Vectors, which are norms, are ones, and ranges of a cache are all <see cref="CacheRange"/>. The same bits for the same seed and name.
/// </summary>
internal sealed unsafe class RandomWeights : IWeightSource, IDisposable
{
    /// <summary>Which nearly all of the keys and values stay in: with weights of <see cref="For"/> they are about normally distributed, with a deviation of one.</summary>
    public const float CacheRange = 4;

    /// <summary>A prime, so that rows of a matrix are not the same numbers.</summary>
    private const int Distinct = 4_000_037;

    private readonly Half* _buffer;
    private readonly int _seed;
    private readonly Dictionary<string, (long Start, Half? Constant)> _tensors = new(StringComparer.Ordinal);

    /// <param name="deviation">Standard deviation of a weight.</param>
    public RandomWeights(double deviation, int seed)
    {
        var random = new Random(seed);
        _seed = seed;
        _buffer = (Half*)NativeMemory.AlignedAlloc((Distinct + 1) * (nuint)sizeof(Half), 64);
        for (int i = 0; i < Distinct; i += 2)
        {
            // Box-Muller, both of the pair.
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            _buffer[i] = (Half)(radius * Math.Cos(angle));
            _buffer[i + 1] = (Half)(radius * Math.Sin(angle));
        }
    }

    public bool IsMapped => false;

    public static RandomWeights For(LlamaConfig config, int seed) => new(1 / Math.Sqrt(config.HiddenSize), seed);

    public TensorType TypeOf(string tensor, params int[] shape)
    {
        // FNV-1a: a hash of strings that is the same in every process.
        uint hash = 2166136261 ^ (uint)_seed;
        foreach (char c in tensor)
            hash = (hash ^ c) * 16777619;

        Half? constant = CudaWeightNames.IsCacheRange(tensor) ? (Half)CacheRange : shape.Length == 1 ? Half.One : null;
        _tensors[tensor] = (hash % Distinct, constant);
        return TensorType.F16;
    }

    public ReadOnlySpan<byte> Bytes(string tensor) => throw new NotSupportedException("Random weights lie nowhere.");

    /// <inheritdoc/>
    public void Read(string tensor, long offset, Span<byte> destination)
    {
        var (start, constant) = _tensors[tensor];
        var halves = MemoryMarshal.Cast<byte, Half>(destination);
        if (constant is { } all)
        {
            halves.Fill(all);
            return;
        }
        long at = (start + (offset / sizeof(Half))) % Distinct;
        while (halves.Length > 0)
        {
            int count = (int)Math.Min(halves.Length, Distinct - at);
            new ReadOnlySpan<Half>(_buffer + at, count).CopyTo(halves);
            halves = halves[count..];
            at = 0;
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_buffer);
}
