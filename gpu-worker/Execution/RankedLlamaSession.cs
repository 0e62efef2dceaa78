using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// A Llama whose ranks compute every step together (<see cref="LlamaShard"/>): one session a rank, on a thread of its own, over the same
/// block tables. Logits are those of rank 0, or, where lm_head is dealt out, of all ranks side by side. A rank that fails, or does not arrive in time, ends the group for good. Not thread-safe.
/// </summary>
internal sealed class RankedLlamaSession : IStepModel
{
    private readonly object _gate = new();
    private readonly IDisposable _source;
    private readonly SharedMemoryGroup _group;
    private readonly List<RankThread> _ranks = [];
    private readonly TimeSpan _patience;
    private readonly float[] _logits;
    private readonly MatrixSlice[] _parts;
    private int _running, _alive;
    private RankGroupFailedException? _failure;

    private RankedLlamaSession(LlamaSessionOptions options, LlamaConfig config, LlamaShard[] shards, IDisposable source, SharedMemoryGroup group)
    {
        Config = config;
        BlockSize = options.BlockSize;
        _patience = options.RankTimeout;
        _source = source;
        _group = group;
        _parts = [.. shards.Select(shard => shard.VocabularyRows)];
        _logits = shards[0].IsVocabularySharded ? new float[checked(Math.Max(options.MaxSequences, options.MaxSampledRows) * config.VocabularySize)] : [];
    }

    public LlamaConfig Config { get; }

    public int Ranks => _group.Ranks;

    public int VocabularySize => Config.VocabularySize;

    public int ContextLength => Config.ContextLength;

    public int BlockSize { get; }

    public int TableWidth => _ranks[0].Session.TableWidth;

    /// <inheritdoc/>
    public int MaxRows => _ranks[0].Session.MaxRows;

    /// <param name="wrap">Replaces a rank's end of the group, for faults in tests.</param>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run by so many ranks.</exception>
    public static RankedLlamaSession Load(LlamaSessionOptions options, int ranks, TimeProvider time, Func<ICollective, ICollective>? wrap = null)
    {
        var config = LlamaConfig.Read(options.CheckpointPath);
        // A model that cannot be divided says so before any weight is read.
        LlamaShard[] shards = [.. Enumerable.Range(0, ranks).Select(rank => new LlamaShard(config, rank, ranks, options.ShardVocabulary))];
        if (options.Threads == 0)
            options = options with { Threads = Math.Clamp(Environment.ProcessorCount / ranks, 1, 4) };

        var folder = LlamaFolder.Open(options.CheckpointPath, options.WeightFormat, ranks);
        var group = new SharedMemoryGroup(ranks, checked(options.MaxTokens * config.HiddenSize), options.RankTimeout, time);
        var model = new RankedLlamaSession(options, config, shards, folder, group);
        try
        {
            WeightStore? first = null;
            foreach (var shard in shards)
            {
                var weights = folder.Load(shard, first);
                first ??= weights;
                model.Add(options, shard, weights, wrap is null ? group[shard.Rank] : wrap(group[shard.Rank]));
            }
            model.Start();
            return model;
        }
        catch
        {
            model.DisposeSessions();
            throw;
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
    {
        meanwhile?.Invoke();
        lock (_gate)
        {
            if (_failure is not null)
                throw _failure;

            // Inputs are copied into each rank's own tensors here: a rank that hangs holds nothing of the caller's.
            foreach (var rank in _ranks)
                rank.Session.Bind(step);

            _running = _ranks.Count;
        }
        foreach (var rank in _ranks)
            rank.Step();

        lock (_gate)
        {
            while (_running > 0 && _failure is null)
                Monitor.Wait(_gate);

            if (_failure is not null)
                throw _failure;
        }
        return _logits.Length == 0 ? _ranks[0].Session.Logits : Gathered(step.SampledRows.Length);
    }

    /// <summary>
    /// Ends the ranks and frees the model. A rank that hangs keeps what it runs on: after the group's timeout it is left behind, for the
    /// process to end.
    /// </summary>
    public void Dispose()
    {
        _group.Abort("The model is being closed.");
        foreach (var rank in _ranks)
            rank.Stop();

        lock (_gate)
        {
            long deadline = Environment.TickCount64 + (long)_patience.TotalMilliseconds;
            while (_alive > 0 && deadline - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_gate, (int)Math.Min(left, int.MaxValue));
        }
    }

    private void Add(LlamaSessionOptions options, LlamaShard shard, WeightStore weights, ICollective collective)
    {
        try
        {
            var session = new LlamaSession(options, shard, weights, collective, source: null);
            _ranks.Add(new RankThread(shard.Rank, session, StepDone, Ended));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The ranks' parts of each row, side by side.</summary>
    private ReadOnlySpan<float> Gathered(int rows)
    {
        int vocabulary = Config.VocabularySize;
        foreach (var rank in _ranks)
        {
            var own = rank.Session.Logits;
            var part = _parts[rank.Rank];
            for (int row = 0; row < rows; row++)
                own.Slice(row * part.Rows, part.Rows).CopyTo(_logits.AsSpan((row * vocabulary) + part.FirstRow));
        }
        return _logits.AsSpan(0, rows * vocabulary);
    }

    private void Start()
    {
        _alive = _ranks.Count;
        foreach (var rank in _ranks)
            rank.Start();
    }

    private void StepDone(int rank, Exception? failure)
    {
        lock (_gate)
        {
            _running--;
            if (failure is not null)
            {
                _failure ??= new RankGroupFailedException(
                    _group.Aborted is { } reason ? $"The group of {Ranks} ranks is aborted: {reason}" : $"Rank {rank} of {Ranks} failed.", failure);
            }
            Monitor.PulseAll(_gate);
        }
        if (failure is not null)
            _group.Abort($"Rank {rank} failed.");
    }

    /// <summary>The last rank out frees what all ran on.</summary>
    private void Ended()
    {
        lock (_gate)
        {
            if (--_alive > 0)
                return;

            DisposeSessions();
            Monitor.PulseAll(_gate);
        }
    }

    private void DisposeSessions()
    {
        // The other ranks' weights lie partly in rank 0's.
        for (int rank = _ranks.Count - 1; rank >= 0; rank--)
            _ranks[rank].Session.Dispose();

        _group.Dispose();
        _source.Dispose();
    }
}
