using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// A model's weights in memory, once: mapped from the checkpoint where a weight is used as it is stored, otherwise in memory of our own.
/// Every shape is checked on the way in.
/// </summary>
internal sealed unsafe class WeightStore(Checkpoint checkpoint) : IDisposable
{
    private const string ScalesSuffix = ".scales";

    private readonly Dictionary<string, StoredWeight> _weights = new(StringComparer.Ordinal);
    private readonly List<nint> _memory = [];

    public IReadOnlyCollection<StoredWeight> Weights => _weights.Values;

    public StoredWeight this[string name] => _weights[name];

    /// <summary>The scales' input of a quantised weight; null for the others.</summary>
    public string? ScalesOf(string name) => _weights.ContainsKey(name + ScalesSuffix) ? name + ScalesSuffix : null;

    /// <summary>A matrix [rows, columns] for Linear.</summary>
    public void AddMatrix(string name, int rows, int columns, WeightFormat format)
    {
        checkpoint.Check(name, rows, columns);
        if (format is WeightFormat.Int8 or WeightFormat.Int4)
            AddQuantized(name, rows, columns, format);
        else
            AddUnquantized(name, format);
    }

    /// <summary>An embedding table [rows, columns]: quantised formats leave it as the checkpoint stores it.</summary>
    public void AddTable(string name, int rows, int columns, WeightFormat format)
    {
        checkpoint.Check(name, rows, columns);
        AddUnquantized(name, format == WeightFormat.Float32 ? format : WeightFormat.Checkpoint);
    }

    /// <summary>A vector, such as a norm's weights, as floats.</summary>
    public void AddVector(string name, int length)
    {
        checkpoint.Check(name, length);
        AddUnquantized(name, WeightFormat.Float32);
    }

    /// <summary>A tensor that is computed rather than stored.</summary>
    public void AddComputed(string name, float[] values, params long[] shape)
    {
        var copy = Allocate<float>(values.Length);
        values.CopyTo(copy);
        Add(name, TensorElementType.Float, shape, MemoryMarshal.AsBytes(copy));
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
            weight.Value.Dispose();

        foreach (nint memory in _memory)
            NativeMemory.AlignedFree((void*)memory);

        _memory.Clear();
    }

    private void AddUnquantized(string name, WeightFormat format)
    {
        var tensor = checkpoint.Find(name);
        long[] shape = [.. tensor.Shape.Select(d => (long)d)];
        var bytes = checkpoint.Bytes(name);
        if (tensor.Type == TensorType.F32 || format == WeightFormat.Checkpoint)
        {
            Add(name, ElementType(tensor.Type), shape, bytes);
            return;
        }
        var widened = Allocate<float>((nint)TensorData.CountOf(tensor.Shape));
        TensorTypes.Widen(tensor.Type, bytes, widened);
        Add(name, TensorElementType.Float, shape, MemoryMarshal.AsBytes(widened));
    }

    private void AddQuantized(string name, int rows, int columns, WeightFormat format)
    {
        const int Block = BlockQuantizer.BlockSize;
        if (columns % Block != 0)
            throw new CheckpointException($"{name} has {columns} columns; {format} needs a multiple of {Block}. Use another weight format.");

        int width = format == WeightFormat.Int8 ? columns : columns / 2;
        var quantized = Allocate<byte>((nint)rows * width);
        var scales = Allocate<float>((nint)rows * (columns / Block));
        var tensor = checkpoint.Find(name);
        var row = new float[columns];
        for (int r = 0; r < rows; r++)
        {
            int size = TensorTypes.SizeOf(tensor.Type) * columns;
            TensorTypes.Widen(tensor.Type, checkpoint.Bytes(name).Slice(r * size, size), row);
            var target = quantized.Slice(r * width, width);
            var rowScales = scales.Slice(r * (columns / Block), columns / Block);
            if (format == WeightFormat.Int8)
                BlockQuantizer.QuantizeInt8(row, MemoryMarshal.Cast<byte, sbyte>(target), rowScales);
            else
                BlockQuantizer.QuantizeInt4(row, target, rowScales);
        }
        Add(name, format == WeightFormat.Int8 ? TensorElementType.Int8 : TensorElementType.UInt8, [rows, width], quantized);
        Add(name + ScalesSuffix, TensorElementType.Float, [rows, columns / Block], MemoryMarshal.AsBytes(scales));
    }

    private Span<T> Allocate<T>(nint count)
        where T : unmanaged
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)count * (nuint)sizeof(T), 64);
        _memory.Add((nint)memory);
        return new Span<T>(memory, checked((int)count));
    }

    /// <summary><paramref name="data"/> must lie in native or mapped memory: it is used where it is.</summary>
    private void Add(string name, TensorElementType type, long[] shape, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)pointer, data.Length);
            _weights.Add(name, new StoredWeight(name, type, shape, value));
        }
    }

    private static TensorElementType ElementType(TensorType type) => type switch
    {
        TensorType.F32 => TensorElementType.Float,
        TensorType.F16 => TensorElementType.Float16,
        _ => TensorElementType.BFloat16,
    };
}
