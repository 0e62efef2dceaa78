namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>A tile of attention: a few tokens of one sequence, with all query heads of one key-value head as its rows, token by token.</summary>
/// <param name="First">The first token's place in the step.</param>
/// <param name="FirstPosition">Its place in the sequence.</param>
internal readonly unsafe record struct AttentionTileRows(int Sequence, int First, int Tokens, int FirstPosition)
{
    /// <summary>Tokens of the sequence that the last row sees.</summary>
    public int Keys => FirstPosition + Tokens;

    public int Ranges => (Keys + AttentionRange.Length - 1) / AttentionRange.Length;

    public static AttentionTileRows Find(ref AttentionJob job, int tile)
    {
        int sequence = 0;
        while (tile >= job.FirstTiles[sequence + 1])
            sequence++;

        int first = job.Lengths[sequence] + ((tile - job.FirstTiles[sequence]) * job.TokensPerTile);
        int tokens = Math.Min(job.TokensPerTile, job.Lengths[sequence + 1] - first);
        return new AttentionTileRows(sequence, first, tokens, job.Past[sequence] + first - job.Lengths[sequence]);
    }

    /// <summary>Where a row's query lies and its result goes, [HeadSize].</summary>
    public Span<float> Row(ref AttentionJob job, int kvHead, int row)
    {
        int group = job.Group, token = First + (row / group), head = (kvHead * group) + (row % group);
        return new Span<float>(job.Output + ((((nint)token * job.Heads) + head) * job.HeadSize), job.HeadSize);
    }
}
