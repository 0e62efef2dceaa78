namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// Memory of the device that lies in one piece, and as much of the host, out of which tensors take parts one after the other: a step's inputs go to the device as one copy, of which each costs the host some
/// microseconds whatever its size.
/// </summary>
internal sealed class DeviceRegion : IDisposable
{
    /// <summary>Where parts begin: what CUDA aligns its own allocations to.</summary>
    private const long Alignment = 256;

    private readonly nint _memory, _host;
    private readonly long _bytes;
    private long _taken;

    /// <param name="sizes">Bytes of the parts that will be taken.</param>
    public DeviceRegion(ICudaDevice device, IEnumerable<long> sizes)
    {
        Device = device;
        _bytes = sizes.Sum(Padded);
        _memory = device.Allocate(_bytes);
        _host = device.AllocateHost(_bytes);
    }

    public ICudaDevice Device { get; }

    /// <summary>The next part.</summary>
    /// <exception cref="InvalidOperationException">So much was not asked for.</exception>
    public (nint Memory, nint Host) Take(long bytes)
    {
        long at = _taken;
        if (at + Padded(bytes) > _bytes)
            throw new InvalidOperationException($"A region of {_bytes} bytes has no {bytes} left behind {at}.");

        _taken += Padded(bytes);
        return (_memory + (nint)at, _host + (nint)at);
    }

    /// <summary>Asks for a copy of all parts to the device, of the last one only so many bytes less than it has.</summary>
    /// <param name="unused">Bytes at the end of the last part that nobody reads.</param>
    public void Upload(long unused)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(unused);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unused, _taken);
        Device.CopyToDevice(_memory, _host, _taken - unused);
    }

    public void Dispose()
    {
        Device.FreeHost(_host);
        Device.Free(_memory);
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) & -Alignment;
}
