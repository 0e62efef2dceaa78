using Microsoft.ML.OnnxRuntime;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// A device: its memory, and one stream on which copies and the session's kernels run in the order in which they were asked for. Sizes are in
/// bytes. Not thread-safe.
/// </summary>
internal interface ICudaDevice : IDisposable
{
    /// <summary>What values over <see cref="Allocate"/>'s memory are made with.</summary>
    OrtMemoryInfo MemoryInfo { get; }

    /// <summary>Bytes of the device that nobody has.</summary>
    long FreeBytes { get; }

    /// <summary>Memory of the device, zeroed.</summary>
    /// <exception cref="CudaException">There is not enough.</exception>
    nint Allocate(long bytes);

    void Free(nint memory);

    /// <summary>Memory of the host that the device copies from and to.</summary>
    nint AllocateHost(long bytes);

    void FreeHost(nint memory);

    /// <summary>Asks for a copy; the host's memory is in use until <see cref="Synchronize"/>.</summary>
    void CopyToDevice(nint device, nint host, long bytes);

    /// <summary>Asks for a copy, which is there after <see cref="Synchronize"/>.</summary>
    void CopyToHost(nint host, nint device, long bytes);

    /// <summary>Marks how far the stream has been filled.</summary>
    void Set(StreamMark mark);

    /// <summary>Waits until what was asked for before the mark was last set is done; not at all where it never was.</summary>
    /// <inheritdoc cref="Synchronize" path="/exception"/>
    void Wait(StreamMark mark);

    /// <summary>Waits until all that was asked for is done.</summary>
    /// <exception cref="CudaException">Something of it failed; the device's state is lost.</exception>
    void Synchronize();

    /// <summary>The execution provider that <see cref="AddProvider"/> adds, as operators name it; null is the CPU's.</summary>
    string? Provider { get; }

    /// <summary>Has sessions of these options compute on the device, on its stream.</summary>
    void AddProvider(Microsoft.ML.OnnxRuntime.SessionOptions options);
}
