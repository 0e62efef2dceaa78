using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Serverless.GpuWorker.Model;

/// <summary>A safetensors file mapped into memory. Not a byte of its header is trusted before it is checked.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SafetensorsFile(string path, SafeFileHandle handle, MemoryMappedFile map, IReadOnlyDictionary<string, SafetensorsTensor> tensors)
    {
        Path = path;
        Tensors = tensors;
        _handle = handle;
        _map = map;
        _view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <exception cref="CheckpointException">The file is missing or malformed.</exception>
    public static SafetensorsFile Open(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        if (!File.Exists(path))
            throw new CheckpointException($"{name} is missing.");

        var tensors = SafetensorsHeader.Read(path);
        var handle = File.OpenHandle(path);
        var map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new SafetensorsFile(path, handle, map, tensors);
    }

    /// <summary>Reads some of the tensor's bytes without mapping them into memory; safe for concurrent calls.</summary>
    /// <param name="offset">Bytes from the tensor's start.</param>
    /// <exception cref="CheckpointException">The file has become shorter, or cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, tensor.ByteLength, nameof(offset));
        try
        {
            while (destination.Length > 0)
            {
                int read = RandomAccess.Read(_handle, destination, tensor.Offset + offset);
                if (read == 0)
                    throw new CheckpointException($"{System.IO.Path.GetFileName(Path)} ends within {tensor.Name}: it has become shorter since it was opened.");

                offset += read;
                destination = destination[read..];
            }
        }
        catch (IOException exception)
        {
            throw new CheckpointException($"{System.IO.Path.GetFileName(Path)}: {tensor.Name} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The tensor's bytes, valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => new(_start + tensor.Offset, checked((int)tensor.ByteLength));

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        _handle.Dispose();
    }
}
