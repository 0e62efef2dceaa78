using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// One rank's weights as the CUDA graph wants them, in the host's memory until a session has taken them to its device. What the checkpoint
/// stores in the same type and order stays where it is mapped.
/// </summary>
internal sealed unsafe class CudaWeights : IDisposable
{
    private readonly IWeightSource _source;
    private readonly CudaFormat _format;
    private readonly Dictionary<string, HostTensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<nint> _memory = [];

    private CudaWeights(IWeightSource source, CudaFormat format) => (_source, _format) = (source, format);

    public IReadOnlyCollection<HostTensor> Tensors => _tensors.Values;

    public HostTensor this[string name] => _tensors[name];

    public long Bytes => _tensors.Values.Sum(tensor => tensor.Bytes);

    /// <param name="source">Must outlive the weights.</param>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or holds what the format cannot.</exception>
    public static CudaWeights Load(IWeightSource source, LlamaShard shard, CudaFormat format)
    {
        var weights = new CudaWeights(source, format);
        try
        {
            weights.AddAll(shard);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (nint memory in _memory)
            NativeMemory.AlignedFree((void*)memory);

        _memory.Clear();
        _tensors.Clear();
    }

    private void AddAll(LlamaShard shard)
    {
        var whole = shard.Whole;
        AddPlain(LlamaWeights.Embedding, [new(LlamaWeights.Embedding, whole.VocabularySize, whole.HiddenSize, MatrixSlice.Whole(whole.VocabularySize, whole.HiddenSize))]);
        for (int layer = 0; layer < whole.Layers; layer++)
        {
            AddVector(LlamaWeights.AttentionNorm(layer), whole.HiddenSize);
            AddMatrix(CudaWeightNames.Projections(layer), LlamaTensors.Projections(shard, layer));
            AddMatrix(LlamaTensors.Output(shard, layer));
            AddVector(LlamaWeights.MlpNorm(layer), whole.HiddenSize);
            foreach (var matrix in LlamaTensors.Gates(shard, layer))
                AddMatrix(matrix);

            AddMatrix(LlamaTensors.Down(shard, layer));
            if (_format.IsCacheQuantized)
            {
                AddCacheScale(CudaWeightNames.CacheScale(layer, 'k'));
                AddCacheScale(CudaWeightNames.CacheScale(layer, 'v'));
            }
        }
        if (shard.HasHead)
        {
            AddVector(LlamaWeights.FinalNorm, whole.HiddenSize);
            if (!whole.TiedEmbeddings)
                AddMatrix(LlamaTensors.Head(shard));
        }
        var (cos, sin) = RotaryTables.Compute(whole);
        AddComputed(LlamaWeights.Cos, cos, whole.ContextLength, whole.HeadSize / 2);
        AddComputed(LlamaWeights.Sin, sin, whole.ContextLength, whole.HeadSize / 2);
    }

    private void AddMatrix(LlamaMatrix matrix) => AddMatrix(matrix.Name, [matrix]);

    /// <summary>Parts of equal width, under one another.</summary>
    private void AddMatrix(string name, ReadOnlySpan<LlamaMatrix> parts)
    {
        if (_format.Bits == 0)
            AddPlain(name, parts);
        else
            AddQuantized(name, parts);
    }

    private void AddPlain(string name, ReadOnlySpan<LlamaMatrix> parts)
    {
        int columns = parts[0].Slice.Columns, rows = 0;
        foreach (var part in parts)
            rows += part.Slice.Rows;

        if (parts.Length == 1 && TryMap(name, parts[0]))
            return;

        byte* memory = Allocate((long)rows * columns * sizeof(ushort));
        int first = 0;
        foreach (var part in parts)
        {
            var type = _source.TypeOf(part.Name, part.Rows, part.Columns);
            int wrong = -1;
            byte* target = memory + ((nint)first * columns * sizeof(ushort));
            Parallel.For(
                0,
                part.Slice.Rows,
                () => new float[columns],
                (row, _, values) =>
                {
                    if (!TryNarrow(type, Row(part, type, row), values, new Span<byte>(target + ((nint)row * columns * sizeof(ushort)), columns * sizeof(ushort))))
                        Volatile.Write(ref wrong, part.Slice.FirstRow + row);

                    return values;
                },
                static _ => { });
            if (wrong >= 0)
                throw NotRepresentable(part.Name, wrong);

            first += part.Slice.Rows;
        }
        Add(name, _format.ActivationType, [rows, columns], (nint)memory, (long)rows * columns * sizeof(ushort));
    }

    private void AddQuantized(string name, ReadOnlySpan<LlamaMatrix> parts)
    {
        int columns = parts[0].Slice.Columns, rows = 0, bits = _format.Bits;
        foreach (var part in parts)
        {
            rows += part.Slice.Rows;
            if (columns % BlockQuantizer.BlockSize != 0 || part.Slice.FirstColumn % BlockQuantizer.BlockSize != 0)
                throw new CheckpointException($"{part.Name} has {part.Columns} columns, of which a rank has {columns}; {_format.Weights} needs a multiple of {BlockQuantizer.BlockSize}.");
        }
        int rowBytes = NBitsMatrix.RowBytes(bits, columns), blocks = columns / BlockQuantizer.BlockSize;
        byte* levels = Allocate((long)rows * rowBytes);
        ushort* scales = (ushort*)Allocate((long)rows * blocks * sizeof(ushort));
        int first = 0;
        foreach (var part in parts)
        {
            var type = _source.TypeOf(part.Name, part.Rows, part.Columns);
            NBitsMatrix.Quantize(
                part.Name,
                bits,
                part.Slice.Rows,
                columns,
                _format.Activations,
                (row, values) => TensorTypes.Widen(type, Row(part, type, row), values),
                levels + ((nint)first * rowBytes),
                scales + ((nint)first * blocks));
            first += part.Slice.Rows;
        }
        Add(CudaWeightNames.Levels(name), TensorElementType.UInt8, [rows, blocks, rowBytes / blocks], (nint)levels, (long)rows * rowBytes);
        Add(CudaWeightNames.Scales(name), _format.ActivationType, [rows, blocks], (nint)scales, (long)rows * blocks * sizeof(ushort));
    }

    private void AddVector(string name, int length)
    {
        var type = _source.TypeOf(name, length);
        byte* memory = Allocate((long)length * sizeof(ushort));
        if (!TryNarrow(type, _source.Bytes(name), new float[length], new Span<byte>(memory, length * sizeof(ushort))))
            throw NotRepresentable(name, 0);

        Add(name, _format.ActivationType, [length], (nint)memory, (long)length * sizeof(ushort));
    }

    private void AddComputed(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        byte* memory = Allocate((long)values.Length * sizeof(ushort));
        TensorTypes.Narrow(values, _format.Activations, new Span<byte>(memory, values.Length * sizeof(ushort)));
        Add(name, _format.ActivationType, shape, (nint)memory, (long)values.Length * sizeof(ushort));
    }

    private void AddCacheScale(string name)
    {
        var type = _source.TypeOf(name, 1);
        float* memory = (float*)Allocate(sizeof(float));
        TensorTypes.Widen(type, _source.Bytes(name), new Span<float>(memory, 1));
        if (!float.IsFinite(*memory) || *memory <= 0)
            throw new CheckpointException($"{name} must be a positive number.");

        Add(name, TensorElementType.Float, [1], (nint)memory, sizeof(float));
    }

    /// <summary>Uses whole rows where they are mapped, if they have the type that is wanted.</summary>
    private bool TryMap(string name, LlamaMatrix matrix)
    {
        var type = _source.TypeOf(matrix.Name, matrix.Rows, matrix.Columns);
        if (!_source.IsMapped || type != _format.Activations || !matrix.Slice.IsContiguousIn(matrix.Columns))
            return false;

        long start = (long)matrix.Slice.FirstRow * matrix.Columns * sizeof(ushort), bytes = (long)matrix.Slice.Rows * matrix.Columns * sizeof(ushort);
        fixed (byte* data = _source.Bytes(matrix.Name))
            Add(name, _format.ActivationType, [matrix.Slice.Rows, matrix.Columns], (nint)(data + start), bytes);

        return true;
    }

    /// <summary>The part of a row that the rank has.</summary>
    private ReadOnlySpan<byte> Row(LlamaMatrix matrix, TensorType type, int row)
    {
        int size = TensorTypes.SizeOf(type);
        return _source.Bytes(matrix.Name).Slice(
            checked((((matrix.Slice.FirstRow + row) * matrix.Columns) + matrix.Slice.FirstColumn) * size), matrix.Slice.Columns * size);
    }

    /// <returns>False when a number is none, or out of the activations' range.</returns>
    private bool TryNarrow(TensorType type, ReadOnlySpan<byte> source, Span<float> values, Span<byte> destination)
    {
        TensorTypes.Widen(type, source, values);
        TensorTypes.Narrow(values, _format.Activations, destination);
        TensorTypes.Widen(_format.Activations, destination, values);
        foreach (float value in values)
            if (!float.IsFinite(value))
                return false;

        return true;
    }

    private CheckpointException NotRepresentable(string name, int row) =>
        new($"{name}: row {row} holds a value that is not a finite {_format.Activations}. Use Worker:ActivationType={(_format.Activations == TensorType.F16 ? "bfloat16" : "float16")} if the checkpoint is sound.");

    private byte* Allocate(long bytes)
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
        _memory.Add((nint)memory);
        return (byte*)memory;
    }

    private void Add(string name, TensorElementType type, long[] shape, nint data, long bytes) => _tensors.Add(name, new HostTensor(name, type, shape, data, bytes));
}
