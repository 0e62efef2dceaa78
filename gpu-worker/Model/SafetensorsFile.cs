using System.IO.MemoryMappedFiles;

namespace Serverless.GpuWorker.Model;

/// <summary>A safetensors file mapped into memory. Not a byte of its header is trusted before it is checked.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile map, IReadOnlyDictionary<string, SafetensorsTensor> tensors)
    {
        Path = path;
        Tensors = tensors;
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
        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new SafetensorsFile(path, map, tensors);
    }

    /// <summary>The tensor's bytes, valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => new(_start + tensor.Offset, checked((int)tensor.ByteLength));

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
