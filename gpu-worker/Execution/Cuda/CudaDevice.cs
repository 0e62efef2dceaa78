using Microsoft.ML.OnnxRuntime;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>One NVIDIA device. Its calls set the calling thread's device, since CUDA keeps one for each thread.</summary>
internal sealed class CudaDevice : ICudaDevice
{
    private readonly int _device;
    private readonly bool _useGraphs;
    private readonly long _arenaBytes;
    private readonly nint _stream;
    private readonly nint[] _marks = new nint[Enum.GetValues<StreamMark>().Length];

    /// <param name="device">The number of the device, from 0 on.</param>
    /// <param name="arenaBytes">Most memory of sessions' weights, activations and workspaces; 0 is without a limit.</param>
    /// <exception cref="CudaException">The device cannot be used.</exception>
    public CudaDevice(int device, bool useGraphs, long arenaBytes = 0)
    {
        (_device, _useGraphs, _arenaBytes) = (device, useGraphs, arenaBytes);
        CudaRuntime.SetDevice(device);
        _stream = CudaRuntime.CreateStream();
        for (int i = 0; i < _marks.Length; i++)
            _marks[i] = CudaRuntime.CreateEvent();

        MemoryInfo = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, device, OrtMemType.Default);
    }

    public OrtMemoryInfo MemoryInfo { get; }

    public string? Provider => CudaOperators.Provider;

    public long FreeBytes
    {
        get
        {
            CudaRuntime.SetDevice(_device);
            return CudaRuntime.Memory().Free;
        }
    }

    public nint Allocate(long bytes)
    {
        CudaRuntime.SetDevice(_device);
        nint memory = CudaRuntime.Allocate(bytes);
        CudaRuntime.Clear(memory, bytes, _stream);
        return memory;
    }

    public void Free(nint memory) => CudaRuntime.Free(memory);

    public nint AllocateHost(long bytes) => CudaRuntime.AllocateHost(bytes);

    public void FreeHost(nint memory) => CudaRuntime.FreeHost(memory);

    public void CopyToDevice(nint device, nint host, long bytes)
    {
        CudaRuntime.SetDevice(_device);
        CudaRuntime.CopyToDevice(device, host, bytes, _stream);
    }

    public void CopyToHost(nint host, nint device, long bytes) => CudaRuntime.CopyToHost(host, device, bytes, _stream);

    public void Set(StreamMark mark) => CudaRuntime.RecordEvent(_marks[(int)mark], _stream);

    public void Wait(StreamMark mark) => CudaRuntime.SynchronizeEvent(_marks[(int)mark]);

    public void Synchronize() => CudaRuntime.Synchronize(_stream);

    public void AddProvider(Microsoft.ML.OnnxRuntime.SessionOptions options)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(CudaProviderOptions.Create(_device, _stream, _arenaBytes, _useGraphs));
        options.AppendExecutionProvider_CUDA(cuda);
        // A node that fell back to the CPU would copy its tensors there and back at every step, and no graph could be captured.
        options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
    }

    public void Dispose()
    {
        MemoryInfo.Dispose();
        foreach (nint mark in _marks)
            CudaRuntime.DestroyEvent(mark);

        CudaRuntime.DestroyStream(_stream);
    }
}
