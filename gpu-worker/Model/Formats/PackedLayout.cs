using System.Buffers.Binary;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// How a quantised matrix [N, K] lies in memory: strips of 16 columns of y (rows of the matrix), each contiguous. A strip is, for each block
/// of 32 k, 256 bytes of levels for int4 and 512 for int8 (one or two planes), and then 16 bfloat16 scales. int4: byte 64t + 4c + j
/// holds for column c the level of k = 8t + j in its low half and that of k = 8t + 4 + j in its high half, t = 0..3, j = 0..3. int8: byte
/// 64q + 4c + j is the level of k = 4q + j, q = 0..7. So 64 bytes hold four consecutive k of 16 columns, of int4 twice, which is what multiply-add instructions of bytes want. Scales lie with their block because
/// processors read one stream of memory faster than two: products of one row took 1.2 times as long with a strip's scales behind its planes.
/// </summary>
internal readonly record struct PackedLayout(int Columns, int K, int Bits)
{
    public const int StripColumns = 16;
    public const int PlaneBytes = 256;
    public const int ScaleBytes = StripColumns * sizeof(ushort);

    public int Planes => Bits / 4;

    public int Blocks => K / BlockQuantizer.BlockSize;

    public int Strips => StripsOf(Columns);

    public int StripBytes => checked(Blocks * BlockBytes(Planes));

    public long Bytes => (long)Strips * StripBytes;

    /// <summary>Bytes of a block of a strip.</summary>
    public static int BlockBytes(int planes) => (planes * PlaneBytes) + ScaleBytes;

    public static int StripsOf(int columns) => (columns + StripColumns - 1) / StripColumns;

    /// <summary>1 or 2; 0 when a strip of so many bytes cannot be one of <paramref name="blocks"/> blocks.</summary>
    public static int PlanesOf(long stripBytes, int blocks)
    {
        for (int planes = 1; planes <= 2; planes++)
            if (blocks > 0 && stripBytes == (long)blocks * BlockBytes(planes))
                return planes;

        return 0;
    }

    /// <summary>Puts one column of a strip into its place.</summary>
    /// <param name="strip">The strip's bytes.</param>
    /// <param name="column">0..15.</param>
    /// <param name="levels">[K]</param>
    /// <param name="scales">[K / 32]</param>
    public void Store(Span<byte> strip, int column, ReadOnlySpan<byte> levels, ReadOnlySpan<ushort> scales)
    {
        const uint Low = 0x0F0F0F0F;
        int blockBytes = BlockBytes(Planes);
        for (int block = 0; block < Blocks; block++)
        {
            var target = strip.Slice(block * blockBytes, blockBytes);
            for (int quad = 0; quad < BlockQuantizer.BlockSize / 4; quad++)
            {
                uint four = BinaryPrimitives.ReadUInt32LittleEndian(levels[((block * BlockQuantizer.BlockSize) + (4 * quad))..]);
                int at = (64 * (Planes == 2 ? quad : quad / 2)) + (4 * column);
                if (Planes == 1)
                    four = quad % 2 == 0 ? four & Low : BinaryPrimitives.ReadUInt32LittleEndian(target[at..]) | ((four & Low) << 4);

                BinaryPrimitives.WriteUInt32LittleEndian(target[at..], four);
            }
            BinaryPrimitives.WriteUInt16LittleEndian(target[((Planes * PlaneBytes) + (column * sizeof(ushort)))..], scales[block]);
        }
    }
}
