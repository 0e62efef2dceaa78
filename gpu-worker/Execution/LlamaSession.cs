using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A Llama ready to run: session, weights and paged cache, all bound once. A row of logits depends on its own sequence only: the operators
/// keep one order of sums per row, so batch, chunking and placement of blocks leave every bit as it is. Not thread-safe.
/// </summary>
internal sealed class LlamaSession : IStepModel
{
    private readonly IDisposable? _source;
    private readonly WeightStore _weights;
    private readonly KvCacheTensors _cache;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly StepTensor<int> _ids, _lengths, _past, _table, _slots, _sampled;
    private readonly StepTensor<float> _logits;
    private int _rows;

    /// <summary>A session of weights that are loaded already. It owns them, and what they lie in.</summary>
    public LlamaSession(LlamaSessionOptions options, LlamaConfig config, WeightStore weights, IDisposable? source = null)
        : this(options, new LlamaShard(config), weights, null, source)
    {
    }

    /// <summary>One rank's session.</summary>
    /// <param name="collective">Adds up what the ranks compute; null for a whole model.</param>
    public LlamaSession(LlamaSessionOptions options, LlamaShard shard, WeightStore weights, ICollective? collective, IDisposable? source)
    {
        var config = shard.Config;
        Config = config;
        BlockSize = options.BlockSize;
        TableWidth = (config.ContextLength + options.BlockSize - 1) / options.BlockSize;
        _source = source;
        _weights = weights;
        var cache = KvCacheLayout.Of(config, options.KvCacheFormat, options.BlockSize);
        _session = CollectiveRegistry<ICollective>.With(collective, group => OnnxSessions.Create(LlamaGraph.Build(shard, weights, cache, group), options.Threads, options.SpinMicroseconds));
        _cache = new KvCacheTensors(config, options.KvCacheFormat, options.Blocks, options.BlockSize);
        _ids = new StepTensor<int>(LlamaGraph.InputIds, options.MaxTokens, 0);
        _lengths = new StepTensor<int>(LlamaGraph.CumulativeLengths, options.MaxSequences + 1, 0);
        _past = new StepTensor<int>(LlamaGraph.PastLengths, options.MaxSequences, 0);
        _table = new StepTensor<int>(LlamaGraph.BlockTable, options.MaxSequences, TableWidth);
        _slots = new StepTensor<int>(LlamaGraph.SlotMapping, options.MaxTokens, 0);
        _sampled = new StepTensor<int>(LlamaGraph.SampledRows, Math.Max(options.MaxSequences, options.MaxSampledRows), 0);
        _logits = shard.HasHead
            ? new StepTensor<float>(LlamaGraph.Logits, _sampled.MaxRows, shard.VocabularyRows.Rows)
            : new StepTensor<float>(LlamaGraph.LastRows, _sampled.MaxRows, config.HiddenSize);
        _binding = _session.CreateIoBinding();
        foreach (var weight in weights.Weights)
            _binding.BindInput(weight.Name, weight.Value);

        for (int layer = 0; layer < config.Layers; layer++)
        {
            _binding.BindInput(LlamaGraph.KeyCache(layer), _cache.Keys(layer));
            _binding.BindInput(LlamaGraph.ValueCache(layer), _cache.Values(layer));
        }
    }

    public LlamaConfig Config { get; }

    public int VocabularySize => Config.VocabularySize;

    public int ContextLength => Config.ContextLength;

    public int BlockSize { get; }

    /// <inheritdoc/>
    public int MaxRows => _sampled.MaxRows;

    /// <summary>Blocks that a sequence of the context's length has.</summary>
    public int TableWidth { get; }

    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run.</exception>
    public static LlamaSession Load(LlamaSessionOptions options)
    {
        var folder = LlamaFolder.Open(options.CheckpointPath, options.WeightFormat, ranks: 1);
        WeightStore? weights = null;
        try
        {
            weights = folder.Load(new LlamaShard(folder.Config));
            return new LlamaSession(options, folder.Config, weights, folder);
        }
        catch
        {
            weights?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Fills the whole cache with numbers: for measuring steps over contexts that nobody computed.</summary>
    public void FillCache(Random random) => _cache.Fill(random);

    /// <summary>Raises ranges to the magnitudes of a layer's keys, after their rotation, and values in the first blocks of a float cache.</summary>
    public void WidenRanges(CacheRanges ranges, int layer, int blocks) => _cache.Widen(ranges, layer, blocks);

    /// <inheritdoc/>
    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
    {
        meanwhile?.Invoke();
        Bind(step);
        Execute();
        return Logits;
    }

    /// <summary>Takes a step's inputs in; <see cref="Execute"/> runs it.</summary>
    public void Bind(scoped StepInputs step)
    {
        _ids.Bind(_binding, step.InputIds);
        _lengths.Bind(_binding, step.CumulativeLengths);
        _past.Bind(_binding, step.PastLengths);
        _table.Bind(_binding, step.BlockTable);
        _slots.Bind(_binding, step.SlotMapping);
        _sampled.Bind(_binding, step.SampledRows);
        _rows = step.SampledRows.Length;
        _logits.BindOutput(_binding, _rows);
    }

    public void Execute() => _session.RunWithBinding(_runOptions, _binding);

    /// <summary>
    /// What the last step yielded: logits [R, vocabulary], on a rank with a part of lm_head [R, its part], on one without [R, hidden].
    /// </summary>
    public ReadOnlySpan<float> Logits => _logits.Rows(_rows);

    public void Dispose()
    {
        _binding.Dispose();
        _session.Dispose();
        _runOptions.Dispose();
        _logits.Dispose();
        foreach (var tensor in (StepTensor<int>[])[_ids, _lengths, _past, _table, _slots, _sampled])
            tensor.Dispose();

        _cache.Dispose();
        _weights.Dispose();
        _source?.Dispose();
    }
}
