using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>
/// A model's weights in memory, once: mapped from a file where a weight is used as it lies there, otherwise in memory of our own.
/// Every shape is checked on the way in.
/// </summary>
internal sealed unsafe class WeightStore : IWeightLayouts, IDisposable
{
    private readonly Dictionary<string, StoredWeight> _weights = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private readonly List<nint> _memory = [];

    public IReadOnlyCollection<StoredWeight> Weights => _weights.Values;

    public StoredWeight this[string name] => _weights[name];

    IEnumerable<WeightLayout> IWeightLayouts.Layouts => _weights.Values.Select(weight => weight.Layout);

    WeightLayout IWeightLayouts.this[string name] => _weights[name].Layout;

    /// <summary>Bytes of all weights, mapped ones included, those of other stores not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Loads what a plan lists.</summary>
    /// <param name="first">The store whose replicated weights are taken instead of loading them anew; it must outlive this one.</param>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot have the format.</exception>
    public static WeightStore Load(IWeightSource source, IEnumerable<PlannedWeight> plan, WeightStore? first = null)
    {
        var store = new WeightStore();
        try
        {
            foreach (var weight in plan)
            {
                if (first is not null && weight.IsReplicated)
                    store.Share(first[weight.Name]);
                else
                    store.Add(source, weight);
            }
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>A weight made of the source's tensors, or mapped from it.</summary>
    public void Add(IWeightSource source, PlannedWeight weight)
    {
        var layout = WeightEncoder.Describe(source, weight);
        if (WeightEncoder.TryMap(source, weight, layout, out var mapped))
        {
            Add(layout, mapped);
            return;
        }
        byte* memory = WeightMemory.Allocate(layout.Bytes);
        _memory.Add((nint)memory);
        WeightEncoder.Encode(source, weight, layout, 0, weight.Rows, memory);
        Add(layout, new ReadOnlySpan<byte>(memory, checked((int)layout.Bytes)));
    }

    /// <summary>A weight whose bytes lie in native or mapped memory, which must outlive the store: they are used where they are.</summary>
    public void Add(WeightLayout layout, ReadOnlySpan<byte> data)
    {
        Bytes += data.Length;
        fixed (byte* pointer = data)
        {
            var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, layout.Type, layout.Shape, (nint)pointer, data.Length);
            _weights.Add(layout.Name, new StoredWeight(layout, value));
        }
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
            WeightMemory.Free((void*)memory);

        _memory.Clear();
    }
}
