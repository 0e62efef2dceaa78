using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// The calls of CUDA's runtime that we make (https://docs.nvidia.com/cuda/cuda-runtime-api). It is the very library that ONNX Runtime's CUDA
/// provider is linked to, so that memory and streams of one are valid to the other.
/// </summary>
internal static partial class CudaRuntime
{
    /// <summary>The library's name with the version that the provider asks for.</summary>
    public const string Library = "libcudart.so.13";

    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;
    private const int HostToDevice = 1;
    private const int DeviceToHost = 2;
    private const int DeviceToDevice = 3;
    private const uint NonBlockingStream = 1;
    private const uint EventWithoutTime = 2;

    public static int DeviceCount()
    {
        Check(cudaGetDeviceCount(out int count), nameof(cudaGetDeviceCount));
        return count;
    }

    /// <summary>The calling thread's device from here on.</summary>
    public static void SetDevice(int device) => Check(cudaSetDevice(device), nameof(cudaSetDevice));

    /// <summary>major * 10 + minor.</summary>
    public static int ComputeCapability(int device)
    {
        Check(cudaDeviceGetAttribute(out int major, ComputeCapabilityMajor, device), nameof(cudaDeviceGetAttribute));
        Check(cudaDeviceGetAttribute(out int minor, ComputeCapabilityMinor, device), nameof(cudaDeviceGetAttribute));
        return (major * 10) + minor;
    }

    /// <summary>Bytes of the calling thread's device.</summary>
    public static (long Free, long Total) Memory()
    {
        Check(cudaMemGetInfo(out nuint free, out nuint total), nameof(cudaMemGetInfo));
        return ((long)free, (long)total);
    }

    public static nint Allocate(long bytes)
    {
        Check(cudaMalloc(out nint memory, (nuint)bytes), nameof(cudaMalloc));
        return memory;
    }

    public static void Free(nint memory) => Check(cudaFree(memory), nameof(cudaFree));

    public static nint AllocateHost(long bytes)
    {
        Check(cudaMallocHost(out nint memory, (nuint)bytes), nameof(cudaMallocHost));
        return memory;
    }

    public static void FreeHost(nint memory) => Check(cudaFreeHost(memory), nameof(cudaFreeHost));

    public static void Clear(nint memory, long bytes, nint stream) => Check(cudaMemsetAsync(memory, 0, (nuint)bytes, stream), nameof(cudaMemsetAsync));

    public static void CopyToDevice(nint device, nint host, long bytes, nint stream) =>
        Check(cudaMemcpyAsync(device, host, (nuint)bytes, HostToDevice, stream), nameof(cudaMemcpyAsync));

    public static void CopyToHost(nint host, nint device, long bytes, nint stream) =>
        Check(cudaMemcpyAsync(host, device, (nuint)bytes, DeviceToHost, stream), nameof(cudaMemcpyAsync));

    public static void CopyOnDevice(nint destination, nint source, long bytes, nint stream) =>
        Check(cudaMemcpyAsync(destination, source, (nuint)bytes, DeviceToDevice, stream), nameof(cudaMemcpyAsync));

    public static nint CreateStream()
    {
        Check(cudaStreamCreateWithFlags(out nint stream, NonBlockingStream), nameof(cudaStreamCreateWithFlags));
        return stream;
    }

    public static void DestroyStream(nint stream) => Check(cudaStreamDestroy(stream), nameof(cudaStreamDestroy));

    /// <summary>An event that holds no time, which is the quicker kind.</summary>
    public static nint CreateEvent()
    {
        Check(cudaEventCreateWithFlags(out nint value, EventWithoutTime), nameof(cudaEventCreateWithFlags));
        return value;
    }

    public static void DestroyEvent(nint value) => Check(cudaEventDestroy(value), nameof(cudaEventDestroy));

    /// <summary>The event is where the stream has been filled to, until it is recorded again.</summary>
    public static void RecordEvent(nint value, nint stream) => Check(cudaEventRecord(value, stream), nameof(cudaEventRecord));

    /// <summary>Waits until the stream has come to the event; not where it was never recorded.</summary>
    public static void SynchronizeEvent(nint value) => Check(cudaEventSynchronize(value), nameof(cudaEventSynchronize));

    public static void Synchronize(nint stream) => Check(cudaStreamSynchronize(stream), nameof(cudaStreamSynchronize));

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new CudaException($"{call}: {Marshal.PtrToStringUTF8(cudaGetErrorString(error))} ({error}).");
    }

    [LibraryImport(Library)]
    private static partial int cudaGetDeviceCount(out int count);

    [LibraryImport(Library)]
    private static partial int cudaSetDevice(int device);

    [LibraryImport(Library)]
    private static partial int cudaDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)]
    private static partial int cudaMemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library)]
    private static partial int cudaMalloc(out nint memory, nuint bytes);

    [LibraryImport(Library)]
    private static partial int cudaFree(nint memory);

    [LibraryImport(Library)]
    private static partial int cudaMallocHost(out nint memory, nuint bytes);

    [LibraryImport(Library)]
    private static partial int cudaFreeHost(nint memory);

    [LibraryImport(Library)]
    private static partial int cudaMemsetAsync(nint memory, int value, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial int cudaMemcpyAsync(nint destination, nint source, nuint bytes, int kind, nint stream);

    [LibraryImport(Library)]
    private static partial int cudaStreamCreateWithFlags(out nint stream, uint flags);

    [LibraryImport(Library)]
    private static partial int cudaStreamDestroy(nint stream);

    [LibraryImport(Library)]
    private static partial int cudaEventCreateWithFlags(out nint value, uint flags);

    [LibraryImport(Library)]
    private static partial int cudaEventDestroy(nint value);

    [LibraryImport(Library)]
    private static partial int cudaEventRecord(nint value, nint stream);

    [LibraryImport(Library)]
    private static partial int cudaEventSynchronize(nint value);

    [LibraryImport(Library)]
    private static partial int cudaStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    private static partial nint cudaGetErrorString(int error);
}
