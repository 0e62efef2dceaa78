using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// The memory of the paged cache: for each layer keys and values [blocks, block_size, kv_heads, head_size]. Its pages become resident as
/// blocks are first written.
/// </summary>
internal sealed unsafe class KvCacheTensors : IDisposable
{
    private readonly List<OrtValue> _values = [];
    private readonly void* _memory;
    private readonly long _floats;

    public KvCacheTensors(LlamaConfig config, int blocks, int blockSize)
    {
        long[] shape = [blocks, blockSize, config.KvHeads, config.HeadSize];
        long bytes = sizeof(float) * shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
        _memory = NativeMemory.AllocZeroed((nuint)checked(2 * config.Layers * bytes));
        _floats = 2 * config.Layers * bytes / sizeof(float);
        for (int i = 0; i < 2 * config.Layers; i++)
        {
            nint start = (nint)((byte*)_memory + (i * bytes));
            _values.Add(OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, start, bytes));
        }
    }

    /// <summary>Bytes that one token takes, all layers together.</summary>
    public static long BytesPerToken(LlamaConfig config) => 2L * sizeof(float) * config.Layers * config.KvHeads * config.HeadSize;

    public OrtValue Keys(int layer) => _values[2 * layer];

    public OrtValue Values(int layer) => _values[(2 * layer) + 1];

    public void Fill(ReadOnlySpan<float> values)
    {
        for (long at = 0; at < _floats; at += values.Length)
        {
            int count = (int)Math.Min(values.Length, _floats - at);
            values[..count].CopyTo(new Span<float>((float*)_memory + at, count));
        }
    }

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();

        NativeMemory.Free(_memory);
    }
}
