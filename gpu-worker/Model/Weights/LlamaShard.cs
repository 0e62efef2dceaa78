using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>
/// One rank's part of a Llama, in Megatron's layout (https://arxiv.org/abs/1909.08053): q, k, v, gate and up are sliced by rows of
/// [out, in], in whole heads; o and down by the columns that meet them, so that a sum over ranks after each makes the hidden state whole.
/// Embeddings and norms are on every rank. Of lm_head either every rank has as many rows, and the ranks' logits side by side, each at its first row's place, are the model's,
/// or rank 0 has it alone (<see cref="VocabularySharding"/>).
/// </summary>
internal sealed record LlamaShard
{
    /// <summary>Channels of the MLP that stay together: what the quantised formats share a scale over.</summary>
    private const int Block = BlockQuantizer.BlockSize;

    /// <summary>The same for a size that no quantised format takes: lanes of an operator.</summary>
    private const int Lanes = 8;

    private readonly int _firstChannel;

    /// <param name="rank">0..ranks - 1.</param>
    /// <param name="ranks">1 or more.</param>
    /// <param name="isVocabularySharded">Whether lm_head is dealt out; null lets its size decide.</param>
    /// <exception cref="CheckpointException">The model cannot be divided so; the message names the numbers.</exception>
    public LlamaShard(LlamaConfig whole, int rank = 0, int ranks = 1, bool? isVocabularySharded = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)ranks, nameof(rank));
        // Query heads divide where key-value heads do: each of these serves as many of those.
        if (whole.KvHeads % ranks != 0)
            throw new CheckpointException($"The model's {whole.KvHeads} key-value heads (num_key_value_heads) cannot be divided among {ranks} ranks: use a number of ranks that divides them.");

        int unit = whole.IntermediateSize % Block == 0 ? Block : Lanes;
        int units = whole.IntermediateSize / unit;
        if (units < ranks)
            throw new CheckpointException($"The model's intermediate_size, {whole.IntermediateSize}, has {units} blocks of {unit} channels; {ranks} ranks need one each.");

        IsVocabularySharded = isVocabularySharded ?? VocabularySharding.IsSharded(whole.VocabularySize, whole.HiddenSize, ranks, whole.TiedEmbeddings);
        if (IsVocabularySharded)
        {
            var part = VocabularySharding.Part(whole.VocabularySize, ranks, rank)
                ?? throw new CheckpointException($"The model's vocabulary of {whole.VocabularySize} tokens cannot be divided among {ranks} ranks in parts of a multiple of {VocabularySharding.RowMultiple}.");
            VocabularyRows = new MatrixSlice(part.First, part.Rows, 0, whole.HiddenSize);
        }
        else
        {
            VocabularyRows = MatrixSlice.Whole(whole.VocabularySize, whole.HiddenSize);
        }

        Rank = rank;
        Ranks = ranks;
        Whole = whole;
        // Ranks take whole blocks, some one more than others: so a slice has the same scales as the whole.
        _firstChannel = (int)((long)units * rank / ranks) * unit;
        int end = (int)((long)units * (rank + 1) / ranks) * unit;
        Config = whole with { Heads = whole.Heads / ranks, KvHeads = whole.KvHeads / ranks, IntermediateSize = end - _firstChannel };
    }

    public int Rank { get; }

    public int Ranks { get; }

    /// <summary>The model's shape.</summary>
    public LlamaConfig Whole { get; }

    /// <summary>The rank's own shape: its heads, its key-value heads and its channels of the MLP.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Whether the rank computes logits.</summary>
    public bool HasHead => IsVocabularySharded || Rank == 0;

    /// <summary>Whether each rank computes the logits of its own part of the vocabulary.</summary>
    public bool IsVocabularySharded { get; }

    /// <summary>Rows of lm_head, which are tokens, that the rank computes logits of, where it does: as many on every rank, so that the last one's may begin within those of the one before.</summary>
    public MatrixSlice VocabularyRows { get; }

    /// <summary>Rows of q (or, with the key-value heads, of k and v) that are the rank's.</summary>
    /// <param name="heads">The rank's heads.</param>
    public MatrixSlice HeadRows(int heads) => new(Rank * heads * Config.HeadSize, heads * Config.HeadSize, 0, Config.HiddenSize);

    /// <summary>Columns of o that meet the rank's query heads.</summary>
    public MatrixSlice HeadColumns => new(0, Config.HiddenSize, Rank * Config.Heads * Config.HeadSize, Config.Heads * Config.HeadSize);

    /// <summary>Rows of gate and up that are the rank's.</summary>
    public MatrixSlice ChannelRows => new(_firstChannel, Config.IntermediateSize, 0, Config.HiddenSize);

    /// <summary>Columns of down that meet the rank's rows of gate and up.</summary>
    public MatrixSlice ChannelColumns => new(0, Config.HiddenSize, _firstChannel, Config.IntermediateSize);
}
