using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A graph input or output whose number of rows changes from step to step, over one buffer of fixed size. The values that ONNX Runtime
/// sees are made once for each number of rows, so that a steady state allocates nothing.
/// </summary>
internal sealed unsafe class StepTensor<T> : IDisposable
    where T : unmanaged
{
    private readonly string _name;
    private readonly int _columns;
    private readonly bool _isVector;
    private readonly T* _buffer;
    private readonly OrtValue?[] _values;
    private int _boundRows = -1;

    /// <param name="columns">Elements of a row; 0 makes the tensor a vector of rows.</param>
    public StepTensor(string name, int maxRows, int columns)
    {
        _name = name;
        _isVector = columns == 0;
        _columns = Math.Max(columns, 1);
        _values = new OrtValue?[maxRows + 1];
        _buffer = (T*)NativeMemory.AlignedAlloc((nuint)maxRows * (nuint)_columns * (nuint)sizeof(T), 64);
    }

    public int MaxRows => _values.Length - 1;

    public Span<T> Rows(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MaxRows);
        return new Span<T>(_buffer, rows * _columns);
    }

    /// <summary>Copies the data in and binds it as an input.</summary>
    public void Bind(OrtIoBinding binding, ReadOnlySpan<T> data)
    {
        int rows = data.Length / _columns;
        data.CopyTo(Rows(rows));
        if (_boundRows != rows)
            binding.BindInput(_name, Value(rows));

        _boundRows = rows;
    }

    public void BindOutput(OrtIoBinding binding, int rows)
    {
        if (_boundRows != rows)
            binding.BindOutput(_name, Value(rows));

        _boundRows = rows;
    }

    public void Dispose()
    {
        foreach (var value in _values)
            value?.Dispose();

        NativeMemory.AlignedFree(_buffer);
    }

    private OrtValue Value(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MaxRows);
        return _values[rows] ??= OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            TensorElementTypeOf(),
            _isVector ? [rows] : [rows, _columns],
            (nint)_buffer,
            (long)rows * _columns * sizeof(T));
    }

    private static TensorElementType TensorElementTypeOf() => typeof(T) == typeof(float) ? TensorElementType.Float : TensorElementType.Int32;
}
