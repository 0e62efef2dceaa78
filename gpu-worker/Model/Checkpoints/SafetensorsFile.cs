namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>A safetensors file mapped into memory. Not a byte of its header is trusted before it is checked.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;

    private SafetensorsFile(string path, MappedFile file, IReadOnlyDictionary<string, SafetensorsTensor> tensors)
    {
        Path = path;
        Tensors = tensors;
        _file = file;
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <exception cref="CheckpointException">The file is missing or malformed.</exception>
    public static SafetensorsFile Open(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        if (!File.Exists(path))
            throw new CheckpointException($"{name} is missing.");

        try
        {
            var tensors = SafetensorsHeader.Read(path);
            return new SafetensorsFile(path, new MappedFile(path), tensors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{name} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The tensor's bytes, valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => _file.Bytes(tensor.Offset, tensor.ByteLength);

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
                int read = RandomAccess.Read(_file.Handle, destination, tensor.Offset + offset);
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

    public void Dispose() => _file.Dispose();
}
