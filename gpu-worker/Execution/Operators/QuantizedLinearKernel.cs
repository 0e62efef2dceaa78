using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.QuantizedLinear</c>: y[.., N] = x[.., K] W[N, K]^T with W int4 or int8 in <see cref="PackedLayout"/> and x quantised on the way
/// in, per row and block of 32 k (W4A8, W8A8). Up to three weights of one format share the quantised x; their columns of y follow each other, and
/// attributes columns, columns_1 and columns_2 say how many each has (0: no such weight). Rows do not depend on their batch mates (see
/// <see cref="QuantizedProducts"/>); a row that holds NaN or an infinity comes out as NaN.
/// <para>
/// Two more operators compute x on its way in, with the bits that RmsNorm and SwiGLU give: <c>NormedQuantizedLinear</c> (x, norm weight, residual, weights) quantises
/// RMSNorm(x + residual) and yields x + residual as its second output; <c>GatedQuantizedLinear</c> (x [.., 2K], weights) quantises silu(gate) * up. A step of
/// one row is hundreds of operators of some microseconds each, and what one costs besides its work is a tenth of the step.
/// </para>
/// </summary>
/// <param name="columns">Of each weight; 0: no such weight.</param>
/// <param name="source">What is quantised.</param>
/// <param name="epsilon">Of the norm, where there is one.</param>
internal sealed unsafe class QuantizedLinearKernel(int[] columns, LinearSource source = LinearSource.Given, float epsilon = 0) : OperatorKernel
{
    /// <summary>Quantised rows are multiplied while they lie in the second-level cache.</summary>
    private const int ActivationBytes = 384 << 10;

    /// <summary>Items into which the columns are cut, so that threads that run at different speeds end together.</summary>
    private const int Items = 24;

    private const int RowsPerQuantizeItem = 4;

    /// <summary>Below so many values to quantise, waking other threads costs more than it brings.</summary>
    private const int ParallelQuantizeFrom = 16_384;

    /// <summary>A multiple of every tile whose rows are not all of one size, so that each pass begins where a tile does.</summary>
    private const int RowsPerPass = AmxCode.MostRows;

    /// <summary>Below this many multiply-adds, waking other threads costs more than it brings.</summary>
    private const long ParallelFrom = 1_000_000;

    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        int width = x.Dimension(x.Shape.Length - 1), k = source == LinearSource.Gated ? width / 2 : width, rows = RowsOf(x), blocks = k / BlockQuantizer.BlockSize;
        var weights = stackalloc Weight[columns.Length];
        var job = new Job { Blocks = blocks, Weights = weights, Source = source, Epsilon = epsilon, XWidth = width, X = x.Floats };
        int firstWeight = 1;
        if (source == LinearSource.Normed)
        {
            AddNorm(ref job, context, x);
            firstWeight = 3;
        }
        for (int i = 0; i < columns.Length && columns[i] > 0; i++)
            Add(ref job, context.Input(firstWeight + i), k, columns[i]);

        var products = QuantizedProducts.BestFor(rows, job.Planes);
        (job.AnyTile, job.AllTiles, job.RowsApart) = (products.AnySize, products.TakesAllTiles, products.RowsApart);
        job.Multiply = products.Multiply;
        Span<long> shape = stackalloc long[x.Shape.Length];
        x.Shape.CopyTo(shape);
        shape[^1] = job.Width;
        job.Y = (float*)context.RawOutput(shape);
        job.StripsPerItem = Math.Max(1, job.StripCount / Items);
        int rowBytes = blocks * ActivationTiles.BlockBytes;
        int rowsAtOnce = Math.Min(rows, Math.Max(RowsPerPass, ActivationBytes / rowBytes & -RowsPerPass));
        job.Tiles = (byte*)OperatorScratch.GetShared(((rowsAtOnce + QuantizedProducts.MostPadding) * rowBytes) + QuantizedProducts.BytesAhead);
        for (int first = 0; first < rows; first += rowsAtOnce)
        {
            job.FirstRow = first;
            job.Rows = Math.Min(rowsAtOnce, rows - first);
            job.TileRows = products.TileRows(job.Rows);
            context.For((job.Rows + RowsPerQuantizeItem - 1) / RowsPerQuantizeItem, inline: job.Rows * width < ParallelQuantizeFrom, ref job, &Quantize);
            int items = (job.StripCount + job.StripsPerItem - 1) / job.StripsPerItem;
            context.For(items, inline: (long)job.Rows * k * job.Width < ParallelFrom, ref job, &Multiply);
            job.Y += (nint)job.Rows * job.Width;
        }
    }

    private static int RowsOf(OperatorTensor x)
    {
        int rows = 1;
        for (int axis = 0; axis < x.Shape.Length - 1; axis++)
            rows = checked(rows * x.Dimension(axis));

        return rows;
    }

    private static void AddNorm(ref Job job, OperatorContext context, OperatorTensor x)
    {
        var norm = context.Input(1);
        var residual = context.Input(2);
        if (x.Shape.Length != 2 || norm.Dimension(0) != job.XWidth || !residual.Shape.SequenceEqual(x.Shape))
            throw new ArgumentException($"NormedQuantizedLinear: x has {job.XWidth} columns; the norm's weight, or the residual, has another shape.");

        job.Norm = norm.Floats;
        job.Residual = residual.Floats;
        job.Sum = context.Output(1, x.Dimension(0), job.XWidth);
    }

    private static void Add(ref Job job, OperatorTensor weight, int k, int columns)
    {
        int planes = PackedLayout.PlanesOf(weight.Shape[1], job.Blocks);
        if (k % BlockQuantizer.BlockSize != 0 || planes == 0)
            throw new ArgumentException($"QuantizedLinear: x has {k} columns, and a strip of the weight {weight.Shape[1]} bytes, which is not one of so many columns.");

        if (weight.Dimension(0) != PackedLayout.StripsOf(columns))
            throw new ArgumentException($"QuantizedLinear: the weight has {weight.Dimension(0)} strips of {PackedLayout.StripColumns}; {columns} columns have {PackedLayout.StripsOf(columns)}.");

        if (job.WeightCount > 0 && planes != job.Planes)
            throw new ArgumentException("QuantizedLinear: the weights are of different formats.");

        job.Planes = planes;
        job.StripBytes = weight.Dimension(1);
        job.Weights[job.WeightCount++] = new Weight { Strips = (byte*)weight.Data, FirstStrip = job.StripCount, FirstColumn = job.Width, Columns = columns };
        job.StripCount += weight.Dimension(0);
        job.Width += columns;
    }

    private static void Quantize(ref Job job, int item)
    {
        int row = item * RowsPerQuantizeItem, end = Math.Min(job.Rows, row + RowsPerQuantizeItem);
        nint rowBytes = (nint)job.Blocks * ActivationTiles.BlockBytes;
        // All tiles before this row's are as large as tiles are.
        int first = row / job.TileRows * job.TileRows, tile = job.NextTile(job.Rows - first);
        for (; row < end; row++)
        {
            while (row >= first + tile)
            {
                first += tile;
                tile = job.NextTile(job.Rows - first);
            }
            // What is in lanes without a row is computed with as well, and goes nowhere.
            ActivationTiles.Quantize(job.SourceRow(row), job.Blocks, job.Planes, job.Tiles + (first * rowBytes), tile, row - first, job.RowsApart);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ref Job job, int item)
    {
        const int Width = PackedLayout.StripColumns;
        float* partial = stackalloc float[RowsPerPass * Width];
        nint rowBytes = (nint)job.Blocks * ActivationTiles.BlockBytes;
        int end = Math.Min(job.StripCount, (item + 1) * job.StripsPerItem);
        int index = 0;
        for (int strip = item * job.StripsPerItem; strip < end; strip++)
        {
            while (index + 1 < job.WeightCount && strip >= job.Weights[index + 1].FirstStrip)
                index++;

            ref var weight = ref job.Weights[index];
            int local = strip - weight.FirstStrip, width = Math.Min(Width, weight.Columns - (local * Width));
            byte* weights = weight.Strips + ((nint)local * job.StripBytes);
            if (job.AllTiles && width == Width)
            {
                job.Multiply(job.Tiles, job.Rows, weights, job.Blocks, job.Planes, job.Y + weight.FirstColumn + (local * Width), job.Width);
                continue;
            }
            int tile;
            for (int row = 0; row < job.Rows; row += tile)
            {
                tile = job.NextTile(job.Rows - row);
                float* y = job.Y + ((nint)row * job.Width) + weight.FirstColumn + (local * Width);
                int rows = Math.Min(tile, job.Rows - row);
                if (width == Width && rows == tile)
                {
                    job.Multiply(job.Tiles + (row * rowBytes), tile, weights, job.Blocks, job.Planes, y, job.Width);
                    continue;
                }
                job.Multiply(job.Tiles + (row * rowBytes), tile, weights, job.Blocks, job.Planes, partial, Width);
                for (int r = 0; r < rows; r++)
                    new ReadOnlySpan<float>(partial + (r * Width), width).CopyTo(new Span<float>(y + ((nint)r * job.Width), width));
            }
        }
    }

    private struct Weight
    {
        public byte* Strips;
        public int FirstStrip, FirstColumn, Columns;
    }

    private struct Job
    {
        public float* X, Y, Norm, Residual, Sum;
        public byte* Tiles;
        public Weight* Weights;
        public LinearSource Source;
        public float Epsilon;
        public int FirstRow, Rows, XWidth, Width, Blocks, Planes, StripBytes, StripCount, StripsPerItem, TileRows, WeightCount;
        public bool AnyTile, AllTiles, RowsApart;
        public delegate*<byte*, int, byte*, int, int, float*, nint, void> Multiply;

        /// <summary>K values to be quantised, valid until this thread's next call.</summary>
        public readonly float* SourceRow(int row)
        {
            nint at = (nint)(FirstRow + row) * XWidth;
            if (Source == LinearSource.Given)
                return X + at;

            int k = Blocks * BlockQuantizer.BlockSize;
            float* values = (float*)OperatorScratch.Get(k * sizeof(float));
            if (Source == LinearSource.Gated)
                SwiGluRow.Gate(X + at, values, k);
            else
                RmsNormRow.AddAndNormalize(X + at, Residual + at, Sum + at, Norm, values, k, Epsilon);

            return values;
        }

        public readonly int NextTile(int left) => AllTiles ? TileRows : QuantizedProducts.NextTile(left, TileRows, AnyTile);
    }
}
