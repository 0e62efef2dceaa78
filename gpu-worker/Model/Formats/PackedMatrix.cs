using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>Quantises a matrix into its <see cref="PackedLayout"/>, strips in parallel; memory beside the result is a few rows.</summary>
internal static unsafe class PackedMatrix
{
    /// <summary>Reads a row [K] of the matrix.</summary>
    public delegate void RowReader(int row, Span<float> values);

    /// <summary>The whole matrix.</summary>
    /// <exception cref="CheckpointException">A weight is not finite.</exception>
    public static void Quantize(string name, PackedLayout layout, RowReader read, byte* destination) => Quantize(name, layout, read, destination, 0, layout.Strips);

    /// <summary>Some strips of it.</summary>
    /// <param name="name">For the message.</param>
    /// <param name="destination">Where the first of the strips goes.</param>
    /// <param name="withError">Whether to return how much was lost; the same bits every time.</param>
    /// <exception cref="CheckpointException">A weight is not finite.</exception>
    public static QuantizationError Quantize(string name, PackedLayout layout, RowReader read, byte* destination, int firstStrip, int strips, bool withError = false)
    {
        int row = int.MaxValue;
        var errors = new QuantizationError[withError ? strips : 0];
        Parallel.For(
            0,
            strips,
            () => new Buffers(layout),
            (strip, _, buffers) =>
            {
                int stripBytes = layout.StripBytes;
                var target = new Span<byte>(destination + ((nint)strip * stripBytes), stripBytes);
                for (int column = 0; column < PackedLayout.StripColumns; column++)
                {
                    int index = ((firstStrip + strip) * PackedLayout.StripColumns) + column;
                    if (index < layout.Columns)
                        read(index, buffers.Row);
                    else
                        buffers.Row.AsSpan().Clear();

                    if (!BlockQuantizer.TryQuantize(buffers.Row, layout.Bits, buffers.Levels, buffers.Scales))
                        InterlockedMin(ref row, index);
                    else if (withError)
                        errors[strip] += BlockQuantizer.Error(buffers.Row, layout.Bits, buffers.Levels, buffers.Scales);

                    layout.Store(target, column, buffers.Levels, buffers.Scales);
                }
                return buffers;
            },
            static _ => { });
        if (row < int.MaxValue)
            throw new CheckpointException($"{name}: row {row} holds a value that is not a finite number.");

        return errors.Aggregate(default(QuantizationError), (sum, error) => sum + error);
    }

    private static void InterlockedMin(ref int least, int value)
    {
        for (int seen = Volatile.Read(ref least); value < seen;)
            seen = Interlocked.CompareExchange(ref least, value, seen);
    }

    private sealed class Buffers(PackedLayout layout)
    {
        public readonly float[] Row = new float[layout.K];
        public readonly byte[] Levels = new byte[layout.K];
        public readonly ushort[] Scales = new ushort[layout.Blocks];
    }
}
