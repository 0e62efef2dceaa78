using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Calibration;

/// <summary>Finds the ranges of a cache by running prompts and looking at the keys and values of each layer, as they are cached.</summary>
internal sealed class CacheCalibration
{
    /// <summary>Tokens of a step.</summary>
    public const int StepTokens = 512;

    private const int BlockSize = 32;

    private readonly LlamaSession _session;
    private readonly int[] _table, _slots;
    private readonly CacheRanges[] _ranges;

    /// <param name="session">One of <see cref="Options"/>; what its cache holds already counts.</param>
    public CacheCalibration(LlamaSession session)
    {
        _session = session;
        _table = new int[session.TableWidth];
        _slots = [.. Enumerable.Range(0, session.ContextLength)];
        _ranges = [.. Enumerable.Range(0, session.Config.Layers).Select(_ => CacheRanges.Empty(session.Config))];
    }

    /// <summary>A session that holds the weights as the checkpoint stores them and one prompt.</summary>
    /// <param name="longest">Tokens of the longest prompt.</param>
    public static LlamaSessionOptions Options(string checkpoint, int longest) => new()
    {
        CheckpointPath = checkpoint,
        WeightFormat = WeightFormat.Checkpoint,
        KvCacheFormat = KvCacheFormat.Float32,
        Blocks = BlocksOf(longest),
        BlockSize = BlockSize,
        MaxTokens = StepTokens,
        MaxSequences = 1,
    };

    /// <summary>Runs one prompt and looks at its keys and values.</summary>
    /// <param name="ran">Hears of each step's tokens.</param>
    public void Add(ReadOnlySpan<int> prompt, Action<int> ran)
    {
        int blocks = BlocksOf(prompt.Length);
        for (int i = 0; i < _table.Length; i++)
            _table[i] = i < blocks ? i : -1;

        for (int start = 0; start < prompt.Length; start += StepTokens)
        {
            int count = Math.Min(StepTokens, prompt.Length - start);
            _session.Run(new StepInputs
            {
                InputIds = prompt.Slice(start, count),
                CumulativeLengths = [0, count],
                PastLengths = [start],
                BlockTable = _table,
                SlotMapping = _slots.AsSpan(start, count),
                SampledRows = [count - 1],
            });
            ran(count);
        }
        // The rest of the last block is of earlier prompts, or zero.
        for (int layer = 0; layer < _ranges.Length; layer++)
            _session.WidenRanges(_ranges[layer], layer, blocks);
    }

    /// <summary>The ranges so far, of each layer.</summary>
    /// <exception cref="CheckpointException">One is not finite: the weights are at fault.</exception>
    public IReadOnlyList<CacheRanges> Ranges()
    {
        for (int layer = 0; layer < _ranges.Length; layer++)
        {
            bool areKeysFinite = _ranges[layer].Keys.All(float.IsFinite);
            if (!areKeysFinite || !_ranges[layer].Values.All(float.IsFinite))
                throw new CheckpointException($"Layer {layer} of the checkpoint computes {(areKeysFinite ? "values" : "keys")} that are not finite.");
        }
        return _ranges;
    }

    private static int BlocksOf(int tokens) => (tokens + BlockSize - 1) / BlockSize;
}
