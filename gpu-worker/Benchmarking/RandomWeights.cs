using System.Runtime.InteropServices;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>
/// Random float16 weights of any Llama shape, from one buffer as long as the longest tensor: every tensor is a piece of it, so a model that
/// is quantised on the way in is never in memory as a whole. Vectors, which are norms, are ones.
/// </summary>
internal sealed unsafe class RandomWeights : IWeightSource, IDisposable
{
    private const int Distinct = 4_000_037;

    private readonly Half* _buffer;
    private readonly long _count;
    private readonly Dictionary<string, (long Start, int[] Shape)> _tensors = new(StringComparer.Ordinal);
    private readonly Random _random;

    /// <param name="longest">Elements of the longest tensor.</param>
    /// <param name="deviation">Standard deviation of a weight.</param>
    public RandomWeights(long longest, double deviation, int seed)
    {
        _random = new Random(seed);
        _count = longest + Distinct;
        _buffer = (Half*)NativeMemory.AlignedAlloc((nuint)_count * (nuint)sizeof(Half), 64);
        for (long i = 0; i < Distinct; i += 2)
        {
            // Box-Muller, both of the pair.
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())), angle = 2 * Math.PI * _random.NextDouble();
            _buffer[i] = (Half)(radius * Math.Cos(angle));
            _buffer[i + 1] = (Half)(radius * Math.Sin(angle));
        }
        for (long i = Distinct; i < _count; i += Distinct)
            NativeMemory.Copy(_buffer, _buffer + i, (nuint)Math.Min(Distinct, _count - i) * (nuint)sizeof(Half));
    }

    public bool IsMapped => false;

    public static RandomWeights For(LlamaConfig config, int seed) => new(
        Math.Max((long)config.VocabularySize, config.IntermediateSize) * config.HiddenSize, 1 / Math.Sqrt(config.HiddenSize), seed);

    public TensorType TypeOf(string tensor, params int[] shape)
    {
        _tensors[tensor] = (_random.Next(Distinct), shape);
        return TensorType.F16;
    }

    public ReadOnlySpan<byte> Bytes(string tensor)
    {
        var (start, shape) = _tensors[tensor];
        if (shape.Length > 1)
            return new ReadOnlySpan<byte>((byte*)(_buffer + start), checked((int)(TensorData.CountOf(shape) * sizeof(Half))));

        var ones = new Half[shape[0]];
        Array.Fill(ones, Half.One);
        return MemoryMarshal.AsBytes<Half>(ones);
    }

    public void Dispose() => NativeMemory.AlignedFree(_buffer);
}
