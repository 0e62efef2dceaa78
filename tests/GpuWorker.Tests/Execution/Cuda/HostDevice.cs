using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// A device whose memory is the host's. As on a real one, what is copied to it and from it arrives at <see cref="Synchronize"/> or with the
/// session's run at the latest; so that a caller who overwrites or reads too early is found out, copies to the host are done only then.
/// </summary>
internal sealed unsafe class HostDevice : ICudaDevice
{
    private readonly HashSet<nint> _device = [], _host = [];
    private readonly List<Action> _downloads = [];
    private readonly int[] _marks = new int[2];

    public OrtMemoryInfo MemoryInfo => OrtMemoryInfo.DefaultInstance;

    public string? Provider => null;

    /// <summary>Of a device of a GiB, without what sessions take for themselves.</summary>
    public long FreeBytes { get; private set; } = 1 << 30;

    public bool IsDisposed { get; private set; }

    /// <summary>Copies to the host that have been asked for and are not there yet.</summary>
    public int PendingDownloads => _downloads.Count;

    /// <summary>Bytes that copies to the host were asked for.</summary>
    public long DownloadedBytes { get; private set; }

    /// <summary>Blocks of memory that are allocated.</summary>
    public int Allocations => _device.Count + _host.Count;

    public nint Allocate(long bytes)
    {
        nint memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        new Span<byte>((void*)memory, checked((int)bytes)).Clear();
        FreeBytes -= bytes;
        _device.Add(memory);
        return memory;
    }

    /// <summary>Something else takes memory of the device.</summary>
    public void Take(long bytes) => FreeBytes -= bytes;

    public void Free(nint memory)
    {
        Assert.True(_device.Remove(memory));
        NativeMemory.AlignedFree((void*)memory);
    }

    public nint AllocateHost(long bytes)
    {
        nint memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        new Span<byte>((void*)memory, checked((int)bytes)).Fill(0xFF);
        _host.Add(memory);
        return memory;
    }

    public void FreeHost(nint memory)
    {
        Assert.True(_host.Remove(memory));
        NativeMemory.AlignedFree((void*)memory);
    }

    public void CopyToDevice(nint device, nint host, long bytes) => NativeMemory.Copy((void*)host, (void*)device, (nuint)bytes);

    public void CopyToHost(nint host, nint device, long bytes)
    {
        DownloadedBytes += bytes;
        // What a later step writes is not what was asked for.
        byte[] copy = new ReadOnlySpan<byte>((void*)device, checked((int)bytes)).ToArray();
        _downloads.Add(() => copy.CopyTo(new Span<byte>((void*)host, copy.Length)));
    }

    public void Set(StreamMark mark) => _marks[(int)mark] = _downloads.Count;

    public void Wait(StreamMark mark) => Arrive(_marks[(int)mark]);

    public void Synchronize() => Arrive(_downloads.Count);

    private void Arrive(int count)
    {
        foreach (var download in _downloads[..count])
            download();

        _downloads.RemoveRange(0, count);
        for (int mark = 0; mark < _marks.Length; mark++)
            _marks[mark] = Math.Max(0, _marks[mark] - count);
    }

    public void AddProvider(Microsoft.ML.OnnxRuntime.SessionOptions options)
    {
        // The CPU's provider is always there.
    }

    public void Dispose() => IsDisposed = true;
}
