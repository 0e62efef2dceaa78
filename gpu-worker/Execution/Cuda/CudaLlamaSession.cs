using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Scheduling;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// A Llama, or a rank's part of one, on a CUDA device. Weights, cache, inputs and logits are at fixed places of the device; steps that only
/// decode are padded to a bucket and replayed as CUDA graphs, all others run node by node. Batching changes the last bits of logits, as it
/// does in every engine on these kernels. Not thread-safe.
/// </summary>
internal sealed class CudaLlamaSession : IStepModel
{
    private readonly CudaLlamaOptions _options;
    private readonly ICudaDevice _device;
    private readonly InferenceSession _session;
    private readonly List<IDisposable> _owned = [];
    private readonly DeviceKvCache _cache;
    private readonly DeviceRegion _inputs;
    private readonly DeviceTensor<int> _ids, _lengths, _past, _table, _slots, _sampled;
    private readonly DeviceTensor<float> _logits;
    private readonly DeviceTensor<float>? _inverseTemperatures;
    private readonly DeviceCandidates? _candidates;
    private readonly DecodeBuckets? _buckets;
    private readonly CudaStepBinding _eager;
    private readonly Dictionary<int, CudaStepBinding> _graphs = [];
    private readonly bool _hasReader, _feedsItself;
    private int _rows, _rowsBefore;
    private bool _hasCandidates;
    private readonly long _weightBytes, _cacheBytes, _freeAtStart;

    /// <param name="device">Becomes the session's own.</param>
    /// <param name="weights">Needed until the session has been created.</param>
    /// <param name="collective">The number of the rank's group; null for a whole model.</param>
    /// <param name="addOperators">Registers what the graph needs beside ONNX Runtime's operators.</param>
    public CudaLlamaSession(CudaLlamaOptions options, LlamaShard shard, CudaWeights weights, ICudaDevice device, int? collective = null, Action<SessionOptions>? addOperators = null)
    {
        _options = options;
        _device = device;
        Config = shard.Config;
        TableWidth = (Config.ContextLength + BlockSize - 1) / BlockSize;
        try
        {
            byte[] model = LlamaGraph.Build(shard, graph => new CudaLlamaNodes(graph, shard, weights, options.Format, collective, options.AttentionDomain));
            if (options.Format.Cache == KvCacheFormat.Float8)
                addOperators += o => Float8View.Register(o, device.Provider);

            _session = CudaSessions.Create(model, weights.Tensors, device, addOperators);
            _owned.Add(_session);
            _cache = Own(new DeviceKvCache(device, Config, options.Format, options.Blocks + PaddedStep.ReservedBlocks, BlockSize));
            int rows = MaxRows;
            // Only rank 0's logits are read. Where lm_head is dealt out the others gather them as well; where it is not they yield their last rows instead, two bytes a number.
            _hasReader = shard.Rank == 0;
            // The block table, which is most of a step's inputs, is last: what a step does not use of it is not copied.
            (string Name, int Rows, int Columns)[] inputs =
            [
                (LlamaGraph.InputIds, options.MaxTokens, 0),
                (LlamaGraph.SlotMapping, options.MaxTokens, 0),
                (LlamaGraph.CumulativeLengths, options.MaxSequences + 1, 0),
                (LlamaGraph.PastLengths, options.MaxSequences, 0),
                (LlamaGraph.SampledRows, rows, 0),
                (LlamaGraph.BlockTable, options.MaxSequences, TableWidth),
            ];
            long[] sizes = [.. inputs.Select(input => (long)input.Rows * Math.Max(input.Columns, 1) * sizeof(int))];
            _inputs = Own(new DeviceRegion(device, _hasReader ? [(long)rows * sizeof(float), .. sizes] : sizes));
            if (_hasReader)
                _inverseTemperatures = Own(new DeviceTensor<float>(_inputs, CudaLlamaNodes.InverseTemperatures, TensorElementType.Float, rows, columns: 0));

            DeviceTensor<int>[] parts = [.. inputs.Select(input => Own(new DeviceTensor<int>(_inputs, input.Name, TensorElementType.Int32, input.Rows, input.Columns)))];
            (_ids, _slots, _lengths, _past, _sampled, _table) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
            _logits = Own(shard.HasHead
                ? new DeviceTensor<float>(device, LlamaGraph.Logits, TensorElementType.Float, rows, Config.VocabularySize, hasHostCopy: _hasReader)
                : new DeviceTensor<float>(device, LlamaGraph.LastRows, options.Format.ActivationType, rows, Config.HiddenSize, hasHostCopy: false));
            _feedsItself = CudaLlamaNodes.FeedsItself(shard);
            _candidates = _hasReader || _feedsItself ? Own(new DeviceCandidates(device, rows, CudaLlamaNodes.CandidatesOf(shard), _hasReader)) : null;
            _buckets = options.UseGraphs ? new DecodeBuckets(Math.Min(options.MaxSequences, options.MaxTokens), Config.ContextLength) : null;
            _eager = CreateBinding(CudaStepShape.Eager);
            device.Synchronize();
            (_weightBytes, _cacheBytes, _freeAtStart) = (weights.Bytes, CudaLlamaLoader.CacheBytes(shard, options), device.FreeBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public LlamaConfig Config { get; }

    public int VocabularySize => Config.VocabularySize;

    public int ContextLength => Config.ContextLength;

    public int BlockSize => _options.BlockSize;

    public int TableWidth { get; }

    /// <inheritdoc/>
    public int MaxRows => Math.Max(_options.MaxSequences, _options.MaxSampledRows);

    /// <inheritdoc/>
    public int Candidates => _hasReader ? _candidates!.Count : 0;

    /// <inheritdoc/>
    public bool CanRunAhead => _hasReader && _feedsItself;

    /// <inheritdoc/>
    public DeviceMemory? Memory
    {
        get
        {
            long free = _device.FreeBytes;
            return new DeviceMemory(_weightBytes, _cacheBytes, Math.Max(0, _freeAtStart - free), free);
        }
    }

    /// <summary>Shapes of steps that have a CUDA graph by now.</summary>
    public int Graphs => _graphs.Count;

    /// <summary>Sizes of decode steps that can have one.</summary>
    public int MostGraphs => _buckets?.Count ?? 0;

    /// <summary>Runs a step and returns its logits [R, vocabulary], valid until the next; nothing on ranks other than 0.</summary>
    /// <param name="meanwhile">Called when all of it is in the device's queue.</param>
    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => RunRows(step with { InverseTemperatures = [] }, meanwhile).Logits;

    /// <summary>Runs a step and returns what its rows are sampled from, valid until the next; nothing on ranks other than 0.</summary>
    /// <inheritdoc cref="Run"/>
    public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null)
    {
        Begin(step);
        return End(meanwhile);
    }

    /// <inheritdoc/>
    public void Begin(scoped StepInputs step)
    {
        var shape = CudaStepShape.Of(step, _buckets);
        Upload(step, shape);
        if (shape.GraphId == CudaStepShape.Eager)
            _eager.Bind(shape);

        var binding = shape.GraphId == CudaStepShape.Eager ? _eager : Graph(shape);
        binding.Run(_session);
        _rowsBefore = step.SampledRows.Length;
        (_rows, _hasCandidates) = (_hasReader ? _rowsBefore : 0, !step.InverseTemperatures.IsEmpty && _hasReader);
    }

    /// <inheritdoc/>
    public StepRows End(Action? meanwhile = null)
    {
        // The next step may be begun meanwhile: what is read of this one is on its way before.
        var (rows, hasCandidates) = (_rows, _hasCandidates);
        if (hasCandidates)
            _candidates!.Download(rows);

        DownloadWhole(rows, hasCandidates ? _inverseTemperatures!.Rows(rows) : []);
        _device.Set(StreamMark.Downloaded);
        meanwhile?.Invoke();
        _device.Wait(StreamMark.Downloaded);
        return hasCandidates ? _candidates!.Rows(rows, _logits.Rows(rows)) : new StepRows { Logits = _logits.Rows(rows) };
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows)
    {
        foreach (int row in rows)
            _logits.Download(row, 1);

        _device.Synchronize();
        return _logits.Rows(rows[^1] + 1);
    }

    public void Dispose()
    {
        LetRunOut();
        for (int i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();

        _device.Dispose();
    }

    /// <summary>Asks for the logits of the rows that have no inverse temperature, neighbours as one copy.</summary>
    /// <param name="inverseTemperatures">Empty for all rows.</param>
    private void DownloadWhole(int rows, scoped ReadOnlySpan<float> inverseTemperatures)
    {
        for (int row = 0, first = 0; row < rows; row++)
        {
            if (!inverseTemperatures.IsEmpty && inverseTemperatures[row] > 0)
                first = row + 1;
            else if (row + 1 == rows || (!inverseTemperatures.IsEmpty && inverseTemperatures[row + 1] > 0))
                _logits.Download(first, row + 1 - first);
        }
    }

    /// <summary>A step that was begun, and that nobody waited for, is over before its memory is gone.</summary>
    private void LetRunOut()
    {
        try
        {
            _device.Synchronize();
        }
        catch (CudaException)
        {
            // The device is lost, and runs nothing.
        }
    }

    private void Upload(scoped StepInputs step, CudaStepShape shape)
    {
        _device.Wait(StreamMark.Uploaded);
        if (_inverseTemperatures is not null)
            PaddedStep.InverseTemperatures(step.InverseTemperatures, _inverseTemperatures.Rows(shape.Rows));

        PaddedStep.InputIds(step.InputIds, _feedsItself ? _rowsBefore : 0, _ids.Rows(shape.Tokens));
        PaddedStep.CumulativeLengths(step.CumulativeLengths, _lengths.Rows(shape.Sequences + 1));
        PaddedStep.PastLengths(step.PastLengths, _past.Rows(shape.Sequences));
        PaddedStep.BlockTable(step.BlockTable, _options.Blocks, _table.Rows(shape.Sequences));
        PaddedStep.SlotMapping(step.SlotMapping, _options.Blocks, BlockSize, _slots.Rows(shape.Tokens));
        PaddedStep.SampledRows(step.SampledRows, _sampled.Rows(shape.Rows));
        _inputs.Upload(unused: _table.BytesOf(_options.MaxSequences - shape.Sequences));
        _device.Set(StreamMark.Uploaded);
    }

    private CudaStepBinding Graph(CudaStepShape shape)
    {
        if (!_graphs.TryGetValue(shape.GraphId, out var binding))
        {
            binding = CreateBinding(shape.GraphId);
            binding.Bind(shape);
            _graphs.Add(shape.GraphId, binding);
        }
        return binding;
    }

    private CudaStepBinding CreateBinding(int graphId)
    {
        IDeviceTensor[] perRow = _inverseTemperatures is null ? [_sampled] : [_sampled, _inverseTemperatures];
        var binding = Own(new CudaStepBinding(_session, graphId, [_ids, _slots], [_past, _table], _lengths, perRow, [_logits, .. _candidates?.Outputs ?? []]));
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            binding.Add(LlamaGraph.KeyCache(layer), _cache.Keys(layer));
            binding.Add(LlamaGraph.ValueCache(layer), _cache.Values(layer));
        }
        if (_feedsItself)
            binding.Add(CudaLlamaNodes.PreviousTokens, _candidates!.Previous);

        return binding;
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }
}
