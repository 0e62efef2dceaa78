using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class WeightEncoderTests
{
    /// <summary>Rows of q, k and v, one under the other, whole and a slice.</summary>
    private static readonly (string Tensor, MatrixSlice Slice)[] Stack =
        [("q", new MatrixSlice(32, 48, 0, 96)), ("k", new MatrixSlice(0, 21, 0, 96)), ("v", new MatrixSlice(7, 30, 0, 96))];

    [Theory]
    [InlineData(TensorType.F32, WeightFormat.Float32)]
    [InlineData(TensorType.F16, WeightFormat.Float32)]
    [InlineData(TensorType.F32, WeightFormat.Float16)]
    [InlineData(TensorType.BF16, WeightFormat.Checkpoint)]
    [InlineData(TensorType.F16, WeightFormat.Int8)]
    [InlineData(TensorType.BF16, WeightFormat.Int4)]
    public void Encode_StackedSlicesInPieces_EqualsTheStackedMatrix(TensorType type, WeightFormat format)
    {
        var source = new MemorySource(type, rows: 99, columns: 96);
        var stacked = new PlannedWeight("qkv", format, [.. Stack.Select(part => new WeightPart(part.Tensor, [99, 96], part.Slice))]);
        float[] rows = [.. Stack.SelectMany(part => source.Values(part.Tensor).Skip(part.Slice.FirstRow * 96).Take(part.Slice.Rows * 96))];
        var whole = new MemorySource(type, rows);
        var plain = new PlannedWeight("whole", format, [new WeightPart("whole", [99, 96], MatrixSlice.Whole(99, 96))]);

        byte[] expected = Encode(whole, plain, 99);

        Assert.Equal(99, stacked.Rows);
        Assert.Equal(expected, Encode(source, stacked, 99));
        Assert.Equal(expected, Encode(source, stacked, 16));
        Assert.Equal(expected, Encode(source, stacked, 48));
    }

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.Int4)]
    public void Encode_ColumnsOfRows_EqualsTheirOwnMatrix(WeightFormat format)
    {
        var source = new MemorySource(TensorType.F16, rows: 33, columns: 128);
        var slice = new PlannedWeight("q", format, [new WeightPart("q", [33, 128], new MatrixSlice(0, 33, 64, 32))]);
        var whole = new MemorySource(TensorType.F16, [.. source.Values("q").Chunk(128).SelectMany(row => row[64..96])]);
        var plain = new PlannedWeight("whole", format, [new WeightPart("whole", [33, 32], MatrixSlice.Whole(33, 32))]);

        Assert.Equal(Encode(whole, plain, 33), Encode(source, slice, 16));
    }

    /// <summary>However large a matrix is, no more of it is read at a time than a row or 16 KiB.</summary>
    [Theory]
    [InlineData(WeightFormat.Float32, 1 << 14)]
    [InlineData(WeightFormat.Int8, 96 * sizeof(float))]
    public void Encode_AnyMatrix_ReadsLittleAtATime(WeightFormat format, int most)
    {
        var source = new MemorySource(TensorType.F32, rows: 4000, columns: 96);

        Encode(source, new PlannedWeight("q", format, [new WeightPart("q", [4000, 96], MatrixSlice.Whole(4000, 96))]), 4000);

        Assert.InRange(source.LargestRead, 1, most);
    }

    [Fact]
    public void Describe_PartsOfTwoTypes_NamesBoth()
    {
        var source = new MemorySource(TensorType.F16, rows: 99, columns: 96) { OddType = "v" };
        var stacked = new PlannedWeight("qkv", WeightFormat.Int8, [.. Stack.Select(part => new WeightPart(part.Tensor, [99, 96], part.Slice))]);

        Assert.Equal("v is F32 and q is F16: they must have one type.", Assert.Throws<CheckpointException>(() => WeightEncoder.Describe(source, stacked)).Message);
    }

    private static unsafe byte[] Encode(MemorySource source, PlannedWeight weight, int step)
    {
        var layout = WeightEncoder.Describe(source, weight);
        var result = new byte[layout.Bytes];
        int unit = layout.QuantizedRows > 0 ? 16 : 1;
        long unitBytes = layout.Bytes / ((weight.Rows + unit - 1) / unit);
        fixed (byte* destination = result)
            for (int row = 0; row < weight.Rows; row += step)
                WeightEncoder.Encode(source, weight, layout, row, Math.Min(step, weight.Rows - row), destination + (row / unit * unitBytes));

        return result;
    }

    /// <summary>Tensors q, k, v and whole, in memory; it remembers the largest read.</summary>
    private sealed class MemorySource : IWeightSource
    {
        private readonly Dictionary<string, TensorData> _tensors;
        private int _largestRead;

        public MemorySource(TensorType type, int rows, int columns)
        {
            var tensors = new RandomTensors(7, type);
            foreach (string name in (string[])["q", "k", "v"])
                tensors.Add(name, 1, rows, columns);

            _tensors = tensors.Tensors.ToDictionary(tensor => tensor.Name);
        }

        public MemorySource(TensorType type, float[] values) => _tensors = new() { ["whole"] = TensorData.FromFloats("whole", values, [values.Length], type) };

        public string? OddType { get; init; }

        public int LargestRead => _largestRead;

        public bool IsMapped => false;

        public IEnumerable<float> Values(string tensor) => _tensors[tensor].ToFloats();

        public TensorType TypeOf(string tensor, params int[] shape) => tensor == OddType ? TensorType.F32 : _tensors[tensor].Type;

        public ReadOnlySpan<byte> Bytes(string tensor) => throw new NotSupportedException();

        public void Read(string tensor, long offset, Span<byte> destination)
        {
            for (int seen = _largestRead; destination.Length > seen;)
                seen = Interlocked.CompareExchange(ref _largestRead, destination.Length, seen);

            _tensors[tensor].Data.Span.Slice((int)offset, destination.Length).CopyTo(destination);
        }
    }
}
