using Iced.Intel;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using static Iced.Intel.AssemblerRegisters;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Assembles the functions of <see cref="AmxProducts"/> in System V's calling convention. A block's products of up to 16 rows and 16 columns are one TDPBSSD of exact 32-bit sums; they go by way of the
/// first-level cache to vector registers, where they are scaled and added to y as everywhere (<see cref="QuantizedProducts"/>). That takes longer than the products, and beside tiles' instructions a processor
/// (Emerald Rapids, measured) does one 512-bit floating-point operation a cycle instead of two: so a sum becomes a float by an addition of integers, and is scaled by one fused multiply-add (<see cref="Bias"/>).
/// The steps of a block, multiply, store, add, run for different blocks at a time: none waits for another's latency.
/// </summary>
internal static class AmxCode
{
    public const int MostRows = 16;

    /// <summary>Blocks behind the last that are read, and not used.</summary>
    public const int BlocksAhead = Multiplied;

    /// <summary>Bytes of a block's levels when they are unpacked.</summary>
    public const int LevelBytes = BlockQuantizer.BlockSize * PackedLayout.StripColumns;

    /// <summary>Bytes that <see cref="AmxJob.Sums"/> has.</summary>
    public const int SumBytes = Turns * TileBytes;

    /// <summary>
    /// The integer whose bits are 1.5 x 2^23 as a float, where floats are whole numbers: with a sum added, which is under 2^22 in magnitude, it is the float 1.5 x 2^23 + sum. Of that and a scale of 22 bits the
    /// fused multiply-add with <see cref="ActivationTiles.Unbias"/> is the rounded product of sum and scale.
    /// </summary>
    private const uint Bias = 0x4B400000;

    /// <summary>How many blocks ahead of the one that is added a block is multiplied, and its sums are stored.</summary>
    private const int Multiplied = 3, Stored = 1;

    /// <summary>Blocks take turns with tiles and memory.</summary>
    private const int Turns = 2;

    private const int RegisterBytes = 64, TileBytes = MostRows * RegisterBytes;

    // Of a tile's configuration (Intel's manual, volume 1, 18.3): palette 1, bytes a row at 16, rows at 48.
    private const int WidthsAt = 16, RowsAt = 48, ConfigurationBytes = 64;

    private static readonly AssemblerRegisterTMM[] Sums = [tmm0, tmm1], Rows = [tmm2, tmm3], Levels = [tmm4, tmm5];

    private static readonly AssemblerRegisterZMM[] Registers =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    /// <summary>What LDTILECFG reads for tiles of so many rows.</summary>
    public static byte[] Configuration(int rows)
    {
        byte[] configuration = new byte[ConfigurationBytes];
        configuration[0] = 1;
        for (int turn = 0; turn < Turns; turn++)
        {
            Set(turn, rows, RegisterBytes);
            Set(Turns + turn, rows, BlockQuantizer.BlockSize);
            Set((2 * Turns) + turn, BlockQuantizer.BlockSize / 4, RegisterBytes);
        }
        return configuration;

        void Set(int tile, int tileRows, int width)
        {
            configuration[WidthsAt + (2 * tile)] = (byte)width;
            configuration[RowsAt + tile] = (byte)tileRows;
        }
    }

    /// <summary>(configuration): prepares this thread's tiles.</summary>
    public static byte[] Configure() => MachineCode.Assemble(code =>
    {
        code.ldtilecfg(__[rdi]);
        code.ret();
    });

    /// <summary>(): gives the tiles back, so that nobody saves and restores them.</summary>
    public static byte[] Release() => MachineCode.Assemble(code =>
    {
        code.tilerelease();
        code.ret();
    });

    /// <summary>
    /// (blocks of a strip, levels, scales, blocks): unpacks levels to signed bytes and scales to floats. int4's stay in the upper halves of bytes, 16 times what they are: the rows' scales are 16 times
    /// smaller for it.
    /// </summary>
    public static byte[] Unpack(int planes) => MachineCode.Assemble(code =>
    {
        const byte AndXor = 0x6A;
        AssemblerRegisterZMM high = zmm20, sign = zmm21;
        Fill(high, 0xF0F0F0F0);
        Fill(sign, 0x80808080);
        var block = code.CreateLabel();
        code.Label(ref block);
        for (int at = 0; at < planes * PackedLayout.PlaneBytes; at += RegisterBytes)
        {
            code.prefetcht1(__byte_ptr[rdi + (at + QuantizedProducts.PrefetchDistance)]);
            if (planes == 2)
            {
                // level ^ 0x80 is level - 128 as a signed byte.
                code.vpxord(zmm0, sign, __zmmword_ptr[rdi + at]);
                code.vmovdqu32(__zmmword_ptr[rsi + at], zmm0);
                continue;
            }
            // (level << 4) ^ 0x80 is 16 (level - 8) as a signed byte.
            code.vmovdqu32(zmm0, __zmmword_ptr[rdi + at]);
            code.vpsllw(zmm1, zmm0, 4);
            code.vpternlogd(zmm0, high, sign, AndXor);
            code.vpternlogd(zmm1, high, sign, AndXor);
            code.vmovdqu32(__zmmword_ptr[rsi + (2 * at)], zmm1);
            code.vmovdqu32(__zmmword_ptr[rsi + ((2 * at) + RegisterBytes)], zmm0);
        }
        code.prefetcht1(__byte_ptr[rdi + ((planes * PackedLayout.PlaneBytes) + QuantizedProducts.PrefetchDistance)]);
        code.vpmovzxwd(zmm0, __ymmword_ptr[rdi + (planes * PackedLayout.PlaneBytes)]);
        code.vpslld(zmm0, zmm0, 16);
        code.vmovups(__zmmword_ptr[rdx], zmm0);
        code.add(rdi, PackedLayout.BlockBytes(planes));
        code.add(rsi, LevelBytes);
        code.add(rdx, RegisterBytes);
        code.dec(rcx);
        code.jnz(block);
        code.vzeroupper();
        code.ret();

        void Fill(AssemblerRegisterZMM register, uint bytes)
        {
            code.mov(eax, bytes);
            code.vpbroadcastd(register, eax);
        }
    });

    /// <summary>(<see cref="AmxJob"/>): y of tiles of so many rows += their products.</summary>
    public static byte[] Multiply(int rows) => MachineCode.Assemble(code => new TileFunction(code, rows).Write());

    private readonly struct TileFunction(Assembler code, int rows)
    {
        private static readonly AssemblerRegister64 Job = rdi, Ahead = rax, Block = r8, Level = rsi, Scale = r9, Sum = r10, Line = r11, BlocksLeft = rdx, Y = rcx, YRow = r15, Stride = r14, Tile = r12, TilesLeft = r13, RowStride = rbx;
        private static readonly AssemblerRegisterZMM ColumnScale = zmm31, Biases = zmm30;
        private static readonly AssemblerRegister64[] Saved = [rbx, r12, r13, r14, r15];

        /// <summary>Rows take turns with pairs of registers.</summary>
        private const int SparePairs = 6;

        private int BlockBytes => rows * ActivationTiles.BlockBytes;

        public void Write()
        {
            foreach (var register in Saved)
                code.push(register);

            Load(Sum, nameof(AmxJob.Sums));
            Load(TilesLeft, nameof(AmxJob.TileCount));
            Load(Tile, nameof(AmxJob.Tiles));
            Load(Y, nameof(AmxJob.Y));
            Load(Stride, nameof(AmxJob.RowBytes));
            code.mov(eax, Bias);
            code.vpbroadcastd(Biases, eax);
            code.mov(Line, RegisterBytes);
            code.mov(RowStride, BlockQuantizer.BlockSize);
            var tile = code.CreateLabel();
            code.Label(ref tile);
            WriteTile();
            code.add(Tile, __qword_ptr[Job + PlaceOf(nameof(AmxJob.TileBytes))]);
            code.dec(TilesLeft);
            code.jnz(tile);
            foreach (var register in Saved.Reverse())
                code.pop(register);

            code.vzeroupper();
            code.ret();
        }

        private void WriteTile()
        {
            code.mov(Ahead, Tile);
            code.mov(Block, Tile);
            Load(Level, nameof(AmxJob.Levels));
            Load(Scale, nameof(AmxJob.Scales));
            Load(BlocksLeft, nameof(AmxJob.Blocks));
            code.mov(YRow, Y);
            for (int row = 0; row < rows; row++)
            {
                code.vmovups(Registers[row], __zmmword_ptr[YRow]);
                code.add(YRow, Stride);
            }
            for (int block = 0; block < Multiplied; block++)
            {
                if (block == Multiplied - 1)
                    Store(0);

                foreach (var write in Multiplication(block))
                    write();
            }
            Label next = code.CreateLabel(), end = code.CreateLabel();
            code.Label(ref next);
            for (int turn = 0; turn < Turns; turn++)
            {
                AddBlock(turn);
                if (turn < Turns - 1)
                {
                    code.dec(BlocksLeft);
                    code.jz(end);
                }
            }
            code.add(Ahead, Turns * BlockBytes);
            code.add(Block, Turns * BlockBytes);
            code.add(Level, Turns * LevelBytes);
            code.add(Scale, Turns * RegisterBytes);
            code.dec(BlocksLeft);
            code.jnz(next);
            code.Label(ref end);
            for (int row = 0; row < rows; row++)
            {
                code.vmovups(__zmmword_ptr[Y], Registers[row]);
                code.add(Y, Stride);
            }
        }

        /// <summary>The instructions that multiply a block.</summary>
        private Action[] Multiplication(int block)
        {
            var (writer, rowBytes) = (code, BlockBytes);
            AssemblerRegisterTMM sums = Sums[block % Turns], activations = Rows[block % Turns], levels = Levels[block % Turns];
            return
            [
                () => writer.tileloadd(activations, __[Ahead + (RowStride * 1) + (block * rowBytes)]),
                () => writer.tileloadd(levels, __[Level + (Line * 1) + (block * LevelBytes)]),
                () => writer.tilezero(sums),
                () => writer.tdpbssd(sums, activations, levels),
            ];
        }

        private void Store(int block) => code.tilestored(__[Sum + (Line * 1) + (block % Turns * TileBytes)], Sums[block % Turns]);

        /// <summary>
        /// y += float(sum) * row's scale * column's scale: one rounded product, then one fused multiply-add. The tiles' instructions for later blocks stand between the rows: a processor that shares its queues
        /// with another thread is filled up by them otherwise (72 cycles a block instead of 88, measured).
        /// </summary>
        private void AddBlock(int turn)
        {
            var writer = this;
            Queue<Action> later = new([() => writer.Store(turn + Stored), .. Multiplication(turn + Multiplied)]);
            code.vmovups(ColumnScale, __zmmword_ptr[Scale + (turn * RegisterBytes)]);
            for (int row = 0; row < rows; row++)
            {
                if (row % Math.Max(1, rows / 4) == 0 && later.TryDequeue(out var write))
                    write();

                int spare = MostRows + (2 * (row % SparePairs)), scaleAt = (turn * BlockBytes) + (rows * BlockQuantizer.BlockSize) + (row * sizeof(float));
                AssemblerRegisterZMM scale = Registers[spare], product = Registers[spare + 1];
                code.vbroadcastss(scale, __dword_ptr[Block + scaleAt]);
                code.vpaddd(product, Biases, __zmmword_ptr[Sum + ((turn * TileBytes) + (row * RegisterBytes))]);
                code.vfmadd213ps(product, scale, __dword_bcst[Block + (scaleAt + (rows * sizeof(float)))]);
                code.vfmadd231ps(Registers[row], product, ColumnScale);
            }
            foreach (var write in later)
                write();
        }

        private void Load(AssemblerRegister64 register, string field) => code.mov(register, __qword_ptr[Job + PlaceOf(field)]);

        private static int PlaceOf(string field) => (int)System.Runtime.InteropServices.Marshal.OffsetOf<AmxJob>(field);
    }
}
