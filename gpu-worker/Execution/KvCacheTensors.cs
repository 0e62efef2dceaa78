using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// The memory of the paged cache: for each layer keys and values [blocks, kv_heads, bytes], as <see cref="KvCacheLayout"/> has it. Its pages
/// become resident as blocks are first written.
/// </summary>
internal sealed unsafe class KvCacheTensors : IDisposable
{
    private const int Alignment = 64;

    private readonly List<OrtValue> _values = [];
    private readonly void* _memory;
    private readonly byte* _start;
    private readonly long _bytes;
    private readonly KvCacheLayout _layout;
    private readonly int _layers, _kvHeads, _blocks;

    public KvCacheTensors(LlamaConfig config, KvCacheFormat format, int blocks, int blockSize)
    {
        _layout = KvCacheLayout.Of(config, format, blockSize);
        (_layers, _kvHeads, _blocks) = (config.Layers, config.KvHeads, blocks);
        _bytes = checked(blocks * KvCacheLayout.BytesPerBlock(config, format, blockSize));
        // Zeroed by the system page by page, and aligned by hand: a vector across two cache lines is read twice.
        _memory = NativeMemory.AllocZeroed((nuint)checked(_bytes + Alignment));
        _start = (byte*)(((nint)_memory + Alignment - 1) & -Alignment);
        byte* next = _start;
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (int headBytes in (ReadOnlySpan<int>)[_layout.KeyBytes, _layout.ValueBytes])
            {
                long bytes = (long)blocks * config.KvHeads * headBytes;
                _values.Add(OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, TensorElementType.UInt8, [blocks, config.KvHeads, headBytes], (nint)next, bytes));
                next += bytes;
            }
        }
    }

    public OrtValue Keys(int layer) => _values[2 * layer];

    public OrtValue Values(int layer) => _values[(2 * layer) + 1];

    /// <summary>
    /// Raises <paramref name="ranges"/> to the magnitudes of a layer's keys and values in the first blocks of a float cache, whose padding is zero; to NaN where a
    /// number is none.
    /// </summary>
    public void Widen(CacheRanges ranges, int layer, int blocks)
    {
        if (_layout.Format != KvCacheFormat.Float32)
            throw new InvalidOperationException("The cache holds levels, not numbers.");

        int size = _layout.HeadSize;
        byte* keys = _start + (layer * (_bytes / _layers)), values = keys + ((long)_blocks * _kvHeads * _layout.KeyBytes);
        for (long i = 0; i < (long)blocks * _kvHeads; i++)
        {
            int first = (int)(i % _kvHeads) * size;
            WidenKeys(ranges.Keys.AsSpan(first, size), new ReadOnlySpan<float>(keys + (i * _layout.KeyBytes), _layout.KeyBytes / sizeof(float)));
            WidenValues(ranges.Values.AsSpan(first, size), new ReadOnlySpan<float>(values + (i * _layout.ValueBytes), _layout.ValueBytes / sizeof(float)));
        }
    }

    /// <summary>Fills all of the cache with numbers from -1 to 1: for measuring steps over contexts that nobody computed.</summary>
    public void Fill(Random random)
    {
        var numbers = new byte[(1 << 18) + sizeof(float)];
        if (_layout.Format == KvCacheFormat.Int8)
            random.NextBytes(numbers);
        else
            foreach (ref float number in MemoryMarshal.Cast<byte, float>(numbers.AsSpan()))
                number = (2 * random.NextSingle()) - 1;

        for (long at = 0; at < _bytes; at += numbers.Length)
            numbers.AsSpan(0, (int)Math.Min(numbers.Length, _bytes - at)).CopyTo(new Span<byte>(_start + at, numbers.Length));

        if (_layout.Format != KvCacheFormat.Int8)
            return;

        byte* next = _start;
        foreach (var value in _values)
        {
            long[] shape = value.GetTensorTypeAndShape().Shape;
            for (long head = shape[0] * shape[1]; head > 0; head--, next += shape[2])
                new Span<float>(next + shape[2] - (sizeof(float) * _layout.Tokens), _layout.Tokens).Fill(1f / sbyte.MaxValue);
        }
    }

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();

        NativeMemory.Free(_memory);
    }

    private void WidenKeys(Span<float> ranges, ReadOnlySpan<float> keys)
    {
        for (int d = 0; d < ranges.Length; d++)
            ranges[d] = MathF.Abs(MathF.MaxMagnitude(ranges[d], TensorPrimitives.MaxMagnitude(keys.Slice(d * _layout.Tokens, _layout.Tokens))));
    }

    private void WidenValues(Span<float> ranges, ReadOnlySpan<float> values)
    {
        for (int t = 0; t < _layout.Tokens; t++)
            TensorPrimitives.MaxMagnitude(ranges, values.Slice(t * _layout.ValueSize, ranges.Length), ranges);

        TensorPrimitives.Abs(ranges, ranges);
    }
}
