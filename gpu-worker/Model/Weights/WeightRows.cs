using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>The rows of a planned weight, read from the tensors that its parts name. Safe for concurrent calls.</summary>
internal sealed class WeightRows
{
    /// <summary>What is read and converted at a time: it stays in the first-level cache.</summary>
    private const int ChunkBytes = 1 << 14;

    private readonly IWeightSource _source;
    private readonly PlannedWeight _weight;
    private readonly int _size;

    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or another type than the first.</exception>
    public WeightRows(IWeightSource source, PlannedWeight weight)
    {
        _source = source;
        _weight = weight;
        var first = weight.Parts[0];
        Type = source.TypeOf(first.Tensor, first.Shape);
        _size = TensorTypes.SizeOf(Type);
        foreach (var part in weight.Parts.Skip(1))
            if (source.TypeOf(part.Tensor, part.Shape) is var type && type != Type)
                throw new CheckpointException($"{part.Tensor} is {type} and {first.Tensor} is {Type}: they must have one type.");
    }

    /// <summary>The elements' type in the checkpoint.</summary>
    public TensorType Type { get; }

    /// <summary>Reads a row as floats.</summary>
    public void Read(int row, Span<float> values)
    {
        foreach (var part in _weight.Parts)
        {
            if (row < part.Slice.Rows)
            {
                Read(part, row, values);
                return;
            }
            row -= part.Slice.Rows;
        }
        throw new ArgumentOutOfRangeException(nameof(row));
    }

    /// <summary>All rows as floats.</summary>
    /// <exception cref="CheckpointException">A value is not finite.</exception>
    public unsafe void Copy(Span<float> values)
    {
        fixed (float* destination = values)
            Copy(0, _weight.Rows, TensorElementType.Float, (byte*)destination, withError: false);
    }

    /// <summary>Writes rows, one after the other, as elements of another type or the same.</summary>
    /// <param name="withError">Whether to return how much a narrower type loses.</param>
    /// <exception cref="CheckpointException">A value is not finite, or not in the new type.</exception>
    public unsafe QuantizationError Copy(int firstRow, int rows, TensorElementType to, byte* destination, bool withError)
    {
        var error = default(QuantizationError);
        foreach (var part in _weight.Parts)
        {
            int count = Math.Min(rows, part.Slice.Rows - firstRow);
            if (count > 0)
            {
                bool together = part.Slice.Columns == part.TensorColumns;
                long runs = together ? 1 : count, length = together ? (long)count * part.Slice.Columns : part.Slice.Columns;
                for (int run = 0; run < runs; run++)
                    error += CopyRun(part, OffsetOf(part, firstRow + run), length, to, ref destination, withError);

                rows -= count;
                firstRow += count;
            }
            firstRow -= part.Slice.Rows;
        }
        return error;
    }

    private long OffsetOf(WeightPart part, int row) => (((long)(part.Slice.FirstRow + row) * part.TensorColumns) + part.Slice.FirstColumn) * _size;

    private void Read(WeightPart part, int row, Span<float> values)
    {
        long offset = OffsetOf(part, row);
        if (Type == TensorType.F32)
        {
            _source.Read(part.Tensor, offset, MemoryMarshal.AsBytes(values));
            return;
        }
        Span<byte> narrow = stackalloc byte[ChunkBytes];
        for (int at = 0; at < values.Length; at += ChunkBytes / sizeof(ushort))
        {
            var target = values[at..Math.Min(values.Length, at + (ChunkBytes / sizeof(ushort)))];
            var chunk = narrow[..(target.Length * sizeof(ushort))];
            _source.Read(part.Tensor, offset + (at * sizeof(ushort)), chunk);
            TensorTypes.Widen(Type, chunk, target);
        }
    }

    /// <summary>Copies elements that lie together.</summary>
    private unsafe QuantizationError CopyRun(WeightPart part, long offset, long length, TensorElementType to, ref byte* destination, bool withError)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        int step = ChunkBytes / sizeof(float), ownSize = to == TensorElementType.Float ? sizeof(float) : sizeof(ushort);
        var error = default(QuantizationError);
        for (long at = 0; at < length; at += step)
        {
            int count = (int)Math.Min(step, length - at);
            var target = new Span<byte>(destination, count * ownSize);
            bool isSame = to == TensorTypes.ElementType(Type);
            var read = isSame ? target : chunk[..(count * _size)];
            _source.Read(part.Tensor, offset + (at * _size), read);
            CheckFinite(part, Type, read, offset + (at * _size), "is not a finite number");
            if (!isSame && to == TensorElementType.Float)
            {
                TensorTypes.Widen(Type, read, MemoryMarshal.Cast<byte, float>(target));
            }
            else if (!isSame)
            {
                var values = MemoryMarshal.Cast<byte, float>(read);
                TensorTypes.Narrow(values, TensorType.F16, target);
                CheckFinite(part, TensorType.F16, target, offset + (at * _size), "is beyond float16's range");
                if (withError)
                    error += ErrorOf(values, MemoryMarshal.Cast<byte, Half>(target));
            }
            destination += target.Length;
        }
        return error;
    }

    private void CheckFinite(WeightPart part, TensorType type, ReadOnlySpan<byte> elements, long offset, string fault)
    {
        if (TensorTypes.AreFinite(type, elements))
            return;

        int size = TensorTypes.SizeOf(type), at = 0;
        while (TensorTypes.AreFinite(type, elements.Slice(at, size)))
            at += size;

        throw new CheckpointException($"{part.Tensor}: row {((offset / _size) + (at / size)) / part.TensorColumns} holds a value that {fault}.");
    }

    private static QuantizationError ErrorOf(ReadOnlySpan<float> values, ReadOnlySpan<Half> rounded)
    {
        double error = 0, norm = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double difference = (double)values[i] - (float)rounded[i];
            error += difference * difference;
            norm += (double)values[i] * values[i];
        }
        return new QuantizationError(error, norm);
    }
}
