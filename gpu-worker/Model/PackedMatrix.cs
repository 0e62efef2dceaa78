namespace Serverless.GpuWorker.Model;

/// <summary>Quantises a matrix into its <see cref="PackedLayout"/>, strips in parallel; memory beside the result is a few rows.</summary>
internal static unsafe class PackedMatrix
{
    /// <summary>Reads a row [K] of the matrix.</summary>
    public delegate void RowReader(int row, Span<float> values);

    /// <param name="name">For the message.</param>
    /// <exception cref="CheckpointException">A weight is not finite.</exception>
    public static void Quantize(string name, PackedLayout layout, RowReader read, byte* destination)
    {
        int row = -1;
        Parallel.For(
            0,
            layout.Strips,
            () => new Buffers(layout),
            (strip, _, buffers) =>
            {
                int stripBytes = layout.StripBytes;
                var target = new Span<byte>(destination + ((nint)strip * stripBytes), stripBytes);
                for (int column = 0; column < PackedLayout.StripColumns; column++)
                {
                    int index = (strip * PackedLayout.StripColumns) + column;
                    if (index < layout.Columns)
                        read(index, buffers.Row);
                    else
                        buffers.Row.AsSpan().Clear();

                    if (!BlockQuantizer.TryQuantize(buffers.Row, layout.Bits, buffers.Levels, buffers.Scales))
                        Volatile.Write(ref row, index);

                    layout.Store(target, column, buffers.Levels, buffers.Scales);
                }
                return buffers;
            },
            static _ => { });
        if (row >= 0)
            throw new CheckpointException($"{name}: row {row} holds a value that is not a finite number.");
    }

    private sealed class Buffers(PackedLayout layout)
    {
        public readonly float[] Row = new float[layout.K];
        public readonly byte[] Levels = new byte[layout.K];
        public readonly ushort[] Scales = new ushort[layout.Blocks];
    }
}
