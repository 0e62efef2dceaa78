namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// Writes a step's inputs as the device takes them. Block 0 of the device's cache belongs to no sequence: padding reads it, and so does every
/// entry of a table that is not in use, because the kernels do not check what they are given. The engine's block b is the device's b + 1.
/// Padding is whole sequences of one token that writes nothing: attention must not be given tokens beyond the last sequence's.
/// </summary>
internal static class PaddedStep
{
    /// <summary>Blocks of the device's cache that the engine knows nothing of.</summary>
    public const int ReservedBlocks = 1;

    private const int NoSlot = -1;

    /// <param name="rowsBefore">Rows of the step before whose tokens ids may stand for: ~0 and so on.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id stands for a row that there was not.</exception>
    public static void InputIds(ReadOnlySpan<int> ids, int rowsBefore, Span<int> padded)
    {
        if (ids.ContainsAnyExceptInRange(-rowsBefore, int.MaxValue))
            throw new ArgumentOutOfRangeException(nameof(ids), $"An id stands for a row of a step that had {rowsBefore}.");

        ids.CopyTo(padded);
        padded[ids.Length..].Clear();
    }

    /// <param name="padded">One longer than there are sequences.</param>
    public static void CumulativeLengths(ReadOnlySpan<int> lengths, Span<int> padded)
    {
        lengths.CopyTo(padded);
        for (int i = lengths.Length; i < padded.Length; i++)
            padded[i] = padded[i - 1] + 1;
    }

    public static void PastLengths(ReadOnlySpan<int> past, Span<int> padded)
    {
        past.CopyTo(padded);
        padded[past.Length..].Clear();
    }

    /// <exception cref="ArgumentOutOfRangeException">An entry is beyond the cache: the device would read whatever lies there.</exception>
    public static void BlockTable(ReadOnlySpan<int> table, int blocks, Span<int> padded)
    {
        for (int i = 0; i < table.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(table[i], blocks, nameof(table));
            padded[i] = table[i] < 0 ? 0 : table[i] + ReservedBlocks;
        }
        padded[table.Length..].Clear();
    }

    /// <exception cref="ArgumentOutOfRangeException">A slot is beyond the cache: the device would write over whatever lies there.</exception>
    public static void SlotMapping(ReadOnlySpan<int> slots, int blocks, int blockSize, Span<int> padded)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slots[i], blocks * blockSize, nameof(slots));
            padded[i] = slots[i] < 0 ? NoSlot : slots[i] + (ReservedBlocks * blockSize);
        }
        padded[slots.Length..].Fill(NoSlot);
    }

    /// <summary>Rows of padding, and those whose candidates nobody asked for, have the temperature 1.</summary>
    public static void InverseTemperatures(ReadOnlySpan<float> inverse, Span<float> padded)
    {
        inverse.CopyTo(padded);
        padded[inverse.Length..].Fill(1);
    }

    /// <summary>Rows of padding are sampled too: they are there anyway, and nobody reads what comes of them.</summary>
    public static void SampledRows(ReadOnlySpan<int> rows, Span<int> padded)
    {
        rows.CopyTo(padded);
        for (int i = rows.Length; i < padded.Length; i++)
            padded[i] = i;
    }
}
