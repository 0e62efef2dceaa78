using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A file mapped into memory, to be read. Pages are brought in as they are touched.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <param name="path">A file that is not empty.</param>
    public MappedFile(string path)
    {
        Handle = File.OpenHandle(path);
        try
        {
            Length = RandomAccess.GetLength(Handle);
            _map = MemoryMappedFile.CreateFromFile(Handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map?.Dispose();
            Handle.Dispose();
            throw;
        }
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Bytes where they lie, valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new ReadOnlySpan<byte>(_start + offset, checked((int)length));
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        Handle.Dispose();
    }
}
