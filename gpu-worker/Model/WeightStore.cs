using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// A model's weights in memory, once: mapped from the checkpoint where a weight is used as it is stored, otherwise in memory of our own.
/// Every shape is checked on the way in.
/// </summary>
internal sealed unsafe class WeightStore(IWeightSource source) : IDisposable
{
    private readonly Dictionary<string, StoredWeight> _weights = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private readonly List<nint> _memory = [];

    public IReadOnlyCollection<StoredWeight> Weights => _weights.Values;

    public StoredWeight this[string name] => _weights[name];

    /// <summary>Bytes of all weights, mapped ones included, those of other stores not.</summary>
    public long Bytes { get; private set; }

    /// <summary>A matrix [rows, columns] for a Linear operator.</summary>
    public void AddMatrix(string name, int rows, int columns, WeightFormat format) =>
        AddMatrix(name, rows, columns, format, MatrixSlice.Whole(rows, columns));

    /// <summary>A slice of a matrix [rows, columns] for a Linear operator.</summary>
    public void AddMatrix(string name, int rows, int columns, WeightFormat format, MatrixSlice slice)
    {
        if (format is WeightFormat.Int8 or WeightFormat.Int4)
            AddQuantized(name, rows, columns, format, slice);
        else if (slice.IsContiguousIn(columns))
            AddUnquantized(name, format, slice, rows, columns);
        else
            AddColumns(name, format, slice, rows, columns);
    }

    /// <summary>An embedding table [rows, columns]: quantised formats leave it as the checkpoint stores it.</summary>
    public void AddTable(string name, int rows, int columns, WeightFormat format) =>
        AddUnquantized(name, format == WeightFormat.Float32 ? format : WeightFormat.Checkpoint, rows, columns);

    /// <summary>A vector, such as a norm's weights, as floats.</summary>
    public void AddVector(string name, int length) => AddUnquantized(name, WeightFormat.Float32, length);

    /// <summary>A tensor that is computed rather than stored.</summary>
    public void AddComputed(string name, float[] values, params long[] shape)
    {
        var copy = Allocate<float>(values.Length);
        values.CopyTo(copy);
        Add(name, TensorElementType.Float, shape, MemoryMarshal.AsBytes(copy));
    }

    /// <summary>A weight of another store, which must outlive this one.</summary>
    public void Share(StoredWeight weight)
    {
        _weights.Add(weight.Name, weight);
        _shared.Add(weight.Name);
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
            if (!_shared.Contains(weight.Name))
                weight.Value.Dispose();

        foreach (nint memory in _memory)
            NativeMemory.AlignedFree((void*)memory);

        _memory.Clear();
    }

    private void AddUnquantized(string name, WeightFormat format, params int[] shape) => AddUnquantized(name, format, null, shape);

    /// <param name="slice">Whole rows; null for all of the tensor.</param>
    private void AddUnquantized(string name, WeightFormat format, MatrixSlice? slice, params int[] shape)
    {
        var type = source.TypeOf(name, shape);
        long[] dimensions = [.. shape.Select(d => (long)d)];
        var bytes = source.Bytes(name);
        if (slice is { } part)
        {
            int rowBytes = TensorTypes.SizeOf(type) * part.Columns;
            dimensions = [part.Rows, part.Columns];
            bytes = bytes.Slice(checked(part.FirstRow * rowBytes), checked(part.Rows * rowBytes));
        }
        if (type == TensorType.F32 || format == WeightFormat.Checkpoint)
        {
            Add(name, ElementType(type), dimensions, source.IsMapped ? bytes : Copy(bytes));
            return;
        }
        var widened = Allocate<float>(bytes.Length / TensorTypes.SizeOf(type));
        TensorTypes.Widen(type, bytes, widened);
        Add(name, TensorElementType.Float, dimensions, MemoryMarshal.AsBytes(widened));
    }

    /// <summary>Some columns of every row, gathered into memory of our own.</summary>
    private void AddColumns(string name, WeightFormat format, MatrixSlice slice, int rows, int columns)
    {
        var type = source.TypeOf(name, rows, columns);
        bool isWidened = type != TensorType.F32 && format != WeightFormat.Checkpoint;
        int size = TensorTypes.SizeOf(type), ownSize = isWidened ? sizeof(float) : size;
        var bytes = source.Bytes(name);
        var gathered = Allocate<byte>((nint)slice.Rows * slice.Columns * ownSize);
        for (int row = 0; row < slice.Rows; row++)
        {
            var from = bytes.Slice(checked((((slice.FirstRow + row) * columns) + slice.FirstColumn) * size), slice.Columns * size);
            var to = gathered.Slice(row * slice.Columns * ownSize, slice.Columns * ownSize);
            if (isWidened)
                TensorTypes.Widen(type, from, MemoryMarshal.Cast<byte, float>(to));
            else
                from.CopyTo(to);
        }
        Add(name, isWidened ? TensorElementType.Float : ElementType(type), [slice.Rows, slice.Columns], gathered);
    }

    private void AddQuantized(string name, int rows, int columns, WeightFormat format, MatrixSlice slice)
    {
        if (slice.Columns % BlockQuantizer.BlockSize != 0 || slice.FirstColumn % BlockQuantizer.BlockSize != 0)
        {
            string part = slice.IsContiguousIn(columns) ? "" : $", of which a rank has {slice.Columns}";
            throw new CheckpointException(
                $"{name} has {columns} columns{part}; {format} needs a multiple of {BlockQuantizer.BlockSize}. Use another weight format{(part == "" ? "" : " or fewer ranks")}.");
        }
        var type = source.TypeOf(name, rows, columns);
        var layout = new PackedLayout(slice.Rows, slice.Columns, format == WeightFormat.Int8 ? 8 : 4);
        int size = TensorTypes.SizeOf(type);
        if (layout.Bytes > int.MaxValue)
            throw new CheckpointException($"{name} takes {layout.Bytes} bytes as {format}; at most {int.MaxValue} are supported.");

        var packed = Allocate<byte>((nint)layout.Bytes);
        fixed (byte* destination = packed)
        {
            PackedMatrix.Quantize(
                name,
                layout,
                (row, values) => TensorTypes.Widen(
                    type,
                    source.Bytes(name).Slice(checked((((slice.FirstRow + row) * columns) + slice.FirstColumn) * size), slice.Columns * size),
                    values),
                destination);
        }
        Add(name, TensorElementType.UInt8, [layout.Strips, layout.StripBytes], packed, quantizedRows: slice.Rows);
    }

    private Span<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = Allocate<byte>(bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    private Span<T> Allocate<T>(nint count)
        where T : unmanaged
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)count * (nuint)sizeof(T), 64);
        _memory.Add((nint)memory);
        return new Span<T>(memory, checked((int)count));
    }

    /// <summary><paramref name="data"/> must lie in native or mapped memory: it is used where it is.</summary>
    private void Add(string name, TensorElementType type, long[] shape, ReadOnlySpan<byte> data, int quantizedRows = 0)
    {
        Bytes += data.Length;
        fixed (byte* pointer = data)
        {
            var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)pointer, data.Length);
            _weights.Add(name, new StoredWeight(name, type, shape, value, quantizedRows));
        }
    }

    private static TensorElementType ElementType(TensorType type) => type switch
    {
        TensorType.F32 => TensorElementType.Float,
        TensorType.F16 => TensorElementType.Float16,
        _ => TensorElementType.BFloat16,
    };
}
