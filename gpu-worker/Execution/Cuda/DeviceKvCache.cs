using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// The paged cache on a device: for each layer keys and values [blocks, block_size, kv_heads, head_size], zeroed, so that padding which reads
/// a block that nobody wrote reads finite numbers.
/// </summary>
internal sealed class DeviceKvCache : IDisposable
{
    private readonly ICudaDevice _device;
    private readonly nint _memory;
    private readonly List<OrtValue> _values = [];

    /// <param name="blocks">The reserved one included.</param>
    public DeviceKvCache(ICudaDevice device, LlamaConfig config, CudaFormat format, int blocks, int blockSize)
    {
        _device = device;
        long[] shape = [blocks, blockSize, config.KvHeads, config.HeadSize];
        long bytes = shape.Aggregate((long)format.CacheElementBytes, (product, dimension) => checked(product * dimension));
        _memory = device.Allocate(checked(2 * config.Layers * bytes));
        for (int i = 0; i < 2 * config.Layers; i++)
            _values.Add(OrtValue.CreateTensorValueWithData(device.MemoryInfo, format.CacheType, shape, _memory + (nint)(i * bytes), bytes));
    }

    public OrtValue Keys(int layer) => _values[2 * layer];

    public OrtValue Values(int layer) => _values[(2 * layer) + 1];

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();

        _device.Free(_memory);
    }
}
