using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

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
        foreach (var weight in CudaPlan.Weights(shard, _format))
        {
            if (weight.Computed is { } computed)
                AddComputed(weight, computed.Compute(_source));
            else if (WeightFormats.QuantizedBits(weight.Format) > 0)
                AddQuantized(weight);
            else
                AddPlain(weight);
        }
        foreach (var scale in CudaPlan.CacheScales(shard, _format))
            AddCacheScales(scale);
    }

    private void AddPlain(PlannedWeight weight)
    {
        int columns = weight.Columns;
        var layout = _format.PlainLayout(weight);
        if (WeightEncoder.TryMap(_source, weight, layout, out var mapped))
        {
            fixed (byte* data = mapped)
                Add(layout, (nint)data);

            return;
        }
        byte* memory = Allocate(layout.Bytes);
        int first = 0;
        foreach (var part in weight.Parts)
        {
            var rows = RowsOf(weight, part);
            int wrong = -1;
            byte* target = memory + ((nint)first * columns * sizeof(ushort));
            Parallel.For(
                0,
                part.Slice.Rows,
                () => new float[columns],
                (row, _, values) =>
                {
                    rows.Read(row, values);
                    if (!TryNarrow(values, new Span<byte>(target + ((nint)row * columns * sizeof(ushort)), columns * sizeof(ushort))))
                        Volatile.Write(ref wrong, part.Slice.FirstRow + row);

                    return values;
                },
                static _ => { });
            if (wrong >= 0)
                throw NotRepresentable(part.Tensor, wrong);

            first += part.Slice.Rows;
        }
        Add(layout, (nint)memory);
    }

    private void AddQuantized(PlannedWeight weight)
    {
        WeightEncoder.CheckBlocks(weight);
        int columns = weight.Columns, rowBytes = NBitsMatrix.RowBytes(_format.Bits, columns), blocks = columns / BlockQuantizer.BlockSize;
        var (levels, scales) = _format.QuantizedLayouts(weight);
        byte* levelMemory = Allocate(levels.Bytes);
        ushort* scaleMemory = (ushort*)Allocate(scales.Bytes);
        int first = 0;
        foreach (var part in weight.Parts)
        {
            NBitsMatrix.Quantize(
                part.Tensor,
                _format.Bits,
                part.Slice.Rows,
                columns,
                _format.Activations,
                RowsOf(weight, part).Read,
                levelMemory + ((nint)first * rowBytes),
                scaleMemory + ((nint)first * blocks));
            first += part.Slice.Rows;
        }
        Add(levels, (nint)levelMemory);
        Add(scales, (nint)scaleMemory);
    }

    private void AddComputed(PlannedWeight weight, float[] values)
    {
        var layout = _format.PlainLayout(weight);
        byte* memory = Allocate(layout.Bytes);
        TensorTypes.Narrow(values, _format.Activations, new Span<byte>(memory, values.Length * sizeof(ushort)));
        Add(layout, (nint)memory);
    }

    private void AddCacheScales(PlannedWeight scales)
    {
        var layout = new WeightLayout(scales.Name, TensorElementType.Float, [scales.Rows, 1, scales.Columns]);
        float* memory = (float*)Allocate(layout.Bytes);
        var rows = new WeightRows(_source, scales);
        float top = CacheScale.Top(_format.Cache);
        for (int head = 0; head < scales.Rows; head++)
        {
            var channels = new Span<float>(memory + ((nint)head * scales.Columns), scales.Columns);
            rows.Read(head, channels);
            foreach (float range in channels)
                if (!float.IsFinite(range) || range < 0)
                    throw new CheckpointException($"{scales.Parts[0].Tensor} must hold finite numbers, 0 or more.");

            CacheScale.OfHead(channels, top);
        }
        Add(layout, (nint)memory);
    }

    /// <summary>The rows of one part: errors name its tensor, and parts may differ in type.</summary>
    private WeightRows RowsOf(PlannedWeight weight, WeightPart part) => new(_source, weight with { Parts = [part] });

    /// <returns>False when a number is none, or out of the activations' range.</returns>
    private bool TryNarrow(Span<float> values, Span<byte> destination)
    {
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

    private void Add(WeightLayout layout, nint data) => _tensors.Add(layout.Name, new HostTensor(layout.Name, layout.Type, layout.Shape, data, layout.Bytes));
}
