using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>
/// A step on its way to a rank: its six lists of numbers, and nothing else. What is read is kept in arrays that serve for the next step too.
/// </summary>
internal sealed class StepFrame
{
    /// <summary>Of any step: those of the one before, which ids may stand for.</summary>
    private const int MostRows = 65_536;

    private int[] _ids = [], _lengths = [], _past = [], _table = [], _slots = [], _sampled = [];
    private int _tokens, _sequences, _entries, _rows;

    /// <summary>The step that was read last; valid until the next is.</summary>
    public StepInputs Inputs => new()
    {
        InputIds = _ids.AsSpan(0, _tokens),
        CumulativeLengths = _lengths.AsSpan(0, _sequences + 1),
        PastLengths = _past.AsSpan(0, _sequences),
        BlockTable = _table.AsSpan(0, _entries),
        SlotMapping = _slots.AsSpan(0, _tokens),
        SampledRows = _sampled.AsSpan(0, _rows),
    };

    public static void Write(FrameWriter writer, scoped StepInputs step)
    {
        writer.Begin(FrameKind.Step);
        writer.Int32s(step.InputIds);
        writer.Int32s(step.CumulativeLengths);
        writer.Int32s(step.PastLengths);
        writer.Int32s(step.BlockTable);
        writer.Int32s(step.SlotMapping);
        writer.Int32s(step.SampledRows);
        writer.End();
    }

    /// <summary>Reads a step whose lists fit one another. Blocks, slots and the rows that ids may stand for are checked by the session, which knows its cache.</summary>
    /// <exception cref="ProtocolException">The frame is malformed, or its lists do not fit.</exception>
    public void Read(ref FrameReader reader)
    {
        var ids = reader.Int32s(ref _ids);
        var lengths = reader.Int32s(ref _lengths);
        var past = reader.Int32s(ref _past);
        var table = reader.Int32s(ref _table);
        var slots = reader.Int32s(ref _slots);
        var sampled = reader.Int32s(ref _sampled);
        reader.End();
        if (!AreTokens(ids, slots) || !AreLengths(lengths, ids.Length, past.Length) || !AreSequences(past, table) || !AreRows(sampled, ids.Length))
            throw new ProtocolException($"A step of {ids.Length} tokens, {past.Length} sequences and {sampled.Length} rows has lists that do not fit one another.");

        (_tokens, _sequences, _entries, _rows) = (ids.Length, past.Length, table.Length, sampled.Length);
    }

    private static bool AreTokens(ReadOnlySpan<int> ids, ReadOnlySpan<int> slots) => ids.Length > 0 && slots.Length == ids.Length && !ids.ContainsAnyExceptInRange(-MostRows, int.MaxValue);

    private static bool AreLengths(ReadOnlySpan<int> lengths, int tokens, int sequences)
    {
        if (lengths.Length != sequences + 1 || lengths[0] != 0 || lengths[^1] != tokens) return false;
        for (var i = 1; i < lengths.Length; i++)
            if (lengths[i] <= lengths[i - 1])
                return false;

        return true;
    }

    private static bool AreSequences(ReadOnlySpan<int> past, ReadOnlySpan<int> table) =>
        past.Length > 0 && table.Length >= past.Length && table.Length % past.Length == 0 && !past.ContainsAnyExceptInRange(0, int.MaxValue);

    private static bool AreRows(ReadOnlySpan<int> rows, int tokens) => rows.Length > 0 && !rows.ContainsAnyExceptInRange(0, tokens - 1);
}
