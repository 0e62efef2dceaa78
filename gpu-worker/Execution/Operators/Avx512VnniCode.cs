using Iced.Intel;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using static Iced.Intel.AssemblerRegisters;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Assembles the kernels of <see cref="Avx512VnniProducts"/>: functions (tile, strip, blocks, y, bytes between rows of y) in System V's calling convention. A strip's 16 columns are one register; VPDPBUSD adds
/// four k of them into exact 32-bit sums, which begin as the rows' offsets.
/// </summary>
internal static class Avx512VnniCode
{
    private const int RegisterBytes = 64;

    // zmm0..7 hold y, zmm8..15 a block's sums.
    private static readonly AssemblerRegisterZMM[] Y = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7];
    private static readonly AssemblerRegisterZMM[] Sums = [zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15];
    private static readonly AssemblerRegisterZMM First = zmm16, Second = zmm17, ColumnScale = zmm18, LowNibble = zmm19;
    private static readonly AssemblerRegister64 Tile = rdi, Strip = rsi, BlocksLeft = rdx, Output = rcx, OutputStride = r8;

    /// <summary>All kernels: those of one plane for 1 to 8 rows, then those of two.</summary>
    public static IEnumerable<byte[]> Assemble()
    {
        foreach (int planes in (int[])[1, 2])
            for (int rows = 1; rows <= Avx512VnniProducts.MostRows; rows++)
                yield return Kernel(rows, planes);
    }

    private static byte[] Kernel(int rows, int planes) => MachineCode.Assemble(code =>
    {
        code.mov(eax, 0x0F0F0F0F);
        code.vpbroadcastd(LowNibble, eax);
        for (int row = 0; row < rows; row++)
            code.vpxord(Y[row], Y[row], Y[row]);

        var block = code.CreateLabel();
        code.Label(ref block);
        Multiply(code, rows, planes);
        Add(code, rows, planes * PackedLayout.PlaneBytes);
        code.add(Tile, rows * ActivationTiles.BlockBytes);
        code.add(Strip, PackedLayout.BlockBytes(planes));
        code.dec(BlocksLeft);
        code.jnz(block);

        for (int row = 0; row < rows; row++)
        {
            code.vmovups(__zmmword_ptr[Output], Y[row]);
            code.add(Output, OutputStride);
        }
        code.vzeroupper();
        code.ret();
    });

    private static void Multiply(Assembler code, int rows, int planes)
    {
        for (int row = 0; row < rows; row++)
            code.vpbroadcastd(Sums[row], __dword_ptr[Tile + (((BlockQuantizer.BlockSize + sizeof(float)) * rows) + (sizeof(int) * row))]);

        for (int t = 0; t < PackedLayout.PlaneBytes / RegisterBytes; t++)
        {
            int at = planes * RegisterBytes * t;
            code.prefetcht1(__byte_ptr[Strip + (at + QuantizedProducts.PrefetchDistance)]);
            if (planes == 1)
            {
                code.vmovdqu32(Second, __zmmword_ptr[Strip + at]);
                code.vpandd(First, Second, LowNibble);
                code.vpsrlw(Second, Second, 4);
                code.vpandd(Second, Second, LowNibble);
            }
            else
            {
                code.prefetcht1(__byte_ptr[Strip + (at + RegisterBytes + QuantizedProducts.PrefetchDistance)]);
                code.vmovdqu32(First, __zmmword_ptr[Strip + at]);
                code.vmovdqu32(Second, __zmmword_ptr[Strip + (at + RegisterBytes)]);
            }
            int quad = 2 * t * sizeof(int) * rows;
            for (int row = 0; row < rows; row++)
                code.vpdpbusd(Sums[row], First, __dword_bcst[Tile + (quad + (sizeof(int) * row))]);

            for (int row = 0; row < rows; row++)
                code.vpdpbusd(Sums[row], Second, __dword_bcst[Tile + (quad + (sizeof(int) * (rows + row)))]);
        }
    }

    /// <summary>y += float(sum) * row's scale * column's scale: one rounded product, then one fused multiply-add.</summary>
    private static void Add(Assembler code, int rows, int scalesAt)
    {
        code.prefetcht1(__byte_ptr[Strip + (scalesAt + QuantizedProducts.PrefetchDistance)]);
        code.vpmovzxwd(ColumnScale, __ymmword_ptr[Strip + scalesAt]);
        code.vpslld(ColumnScale, ColumnScale, 16);
        for (int row = 0; row < rows; row++)
        {
            code.vcvtdq2ps(Sums[row], Sums[row]);
            code.vmulps(Sums[row], Sums[row], __dword_bcst[Tile + ((BlockQuantizer.BlockSize * rows) + (sizeof(float) * row))]);
            code.vfmadd231ps(Y[row], Sums[row], ColumnScale);
        }
    }
}
