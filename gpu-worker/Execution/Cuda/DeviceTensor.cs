using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// A graph input or output at one address of the device, whose shape changes from step to step, and, where it is copied, as much memory of the
/// host to copy from or to. A CUDA graph replays addresses, so these never change.
/// </summary>
internal sealed unsafe class DeviceTensor<T> : IDeviceTensor, IDisposable
    where T : unmanaged
{
    private readonly ICudaDevice _device;
    private readonly int _columns, _maxRows;
    private readonly bool _isVector;
    private readonly nint _memory, _host;
    private readonly bool _isPart;
    private readonly TensorElementType _type;
    private readonly Dictionary<int, OrtValue> _values = [];

    /// <param name="columns">Elements of a row; 0 makes the tensor a vector of rows.</param>
    /// <param name="hasHostCopy">False for an output that nobody reads: the host then has no rows of it.</param>
    public DeviceTensor(ICudaDevice device, string name, TensorElementType type, int maxRows, int columns, bool hasHostCopy = true)
    {
        (_device, Name, _type, _maxRows) = (device, name, type, maxRows);
        _isVector = columns == 0;
        _columns = Math.Max(columns, 1);
        _memory = device.Allocate(BytesOf(maxRows));
        _host = hasHostCopy ? device.AllocateHost(BytesOf(maxRows)) : 0;
    }

    /// <summary>A part of a region of inputs, which keeps and copies its memory.</summary>
    public DeviceTensor(DeviceRegion region, string name, TensorElementType type, int maxRows, int columns)
    {
        (_device, Name, _type, _maxRows, _isPart) = (region.Device, name, type, maxRows, true);
        _isVector = columns == 0;
        _columns = Math.Max(columns, 1);
        (_memory, _host) = region.Take(BytesOf(maxRows));
    }

    public string Name { get; }

    /// <summary>The host's copy of the first rows.</summary>
    public Span<T> Rows(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, _host == 0 ? 0 : _maxRows);
        return new Span<T>((void*)_host, rows * _columns);
    }

    /// <inheritdoc/>
    public OrtValue Value(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, _maxRows);
        if (!_values.TryGetValue(rows, out var value))
        {
            value = OrtValue.CreateTensorValueWithData(_device.MemoryInfo, _type, _isVector ? [rows] : [rows, _columns], _memory, BytesOf(rows));
            _values.Add(rows, value);
        }
        return value;
    }

    /// <summary>Asks for a copy of so many rows to the host.</summary>
    public void Download(int first, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + rows, _host == 0 ? 0 : _maxRows);
        _device.CopyToHost(_host + (nint)BytesOf(first), _memory + (nint)BytesOf(first), BytesOf(rows));
    }

    public void Dispose()
    {
        foreach (var value in _values.Values)
            value.Dispose();

        if (_isPart)
            return;

        if (_host != 0)
            _device.FreeHost(_host);

        _device.Free(_memory);
    }

    /// <summary>Bytes of so many rows.</summary>
    public long BytesOf(int rows) => (long)rows * _columns * sizeof(T);
}
