namespace Serverless.GpuWorker.Model;

/// <summary>
/// One rank's part of a Llama, in Megatron's layout (https://arxiv.org/abs/1909.08053): q, k, v, gate and up are sliced by rows of
/// [out, in], in whole heads; o and down by the columns that meet them, so that a sum over ranks after each makes the hidden state whole.
/// Embeddings and norms are on every rank; the final norm and lm_head on rank 0, whose logits are the model's.
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
    /// <exception cref="CheckpointException">The model cannot be divided so; the message names the numbers.</exception>
    public LlamaShard(LlamaConfig whole, int rank = 0, int ranks = 1)
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
    public bool HasHead => Rank == 0;

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
