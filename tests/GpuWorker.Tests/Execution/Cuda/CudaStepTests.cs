using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class CudaStepTests
{
    [Theory]
    [InlineData(1, 1, 1, 256)]
    [InlineData(3, 256, 4, 256)]
    [InlineData(5, 257, 8, 1024)]
    [InlineData(17, 4096, 24, 4096)]
    public void Find_TakesTheSmallestBucketThatHoldsTheStep(int sequences, int length, int bucketSequences, int bucketLength)
    {
        var bucket = new DecodeBuckets(maxSequences: 24, contextLength: 4096).Find(sequences, length);

        Assert.Equal((bucketSequences, bucketLength), (bucket!.Value.Sequences, bucket.Value.Length));
    }

    [Theory]
    [InlineData(25, 1)]
    [InlineData(1, 4097)]
    public void Find_BeyondAll_IsNone(int sequences, int length) => Assert.Null(new DecodeBuckets(24, 4096).Find(sequences, length));

    [Fact]
    public void Find_AllSizes_HaveOneIdAShapeFromOneOn()
    {
        var buckets = new DecodeBuckets(maxSequences: 12, contextLength: 700);
        var found = Enumerable.Range(1, 12).SelectMany(sequences => Enumerable.Range(1, 700).Select(length => buckets.Find(sequences, length)!.Value)).Distinct().ToList();

        Assert.Equal(buckets.Count, found.Count);
        Assert.Equal(Enumerable.Range(1, buckets.Count), found.Select(bucket => bucket.GraphId).Order());
    }

    [Fact]
    public void Of_Decode_TakesTheBucketsShape()
    {
        var shape = CudaStepShape.Of(Step([1, 1, 1], [5, 300, 9], [0, 1, 2]), new DecodeBuckets(8, 4096));

        Assert.Equal((4, 4, 4, 1, 1024), (shape.Tokens, shape.Sequences, shape.Rows, shape.MaxQuery, shape.MaxLength));
        Assert.True(shape.GraphId > 0);
    }

    [Fact]
    public void Of_MixedStep_RunsWithoutAGraphUnderExactBounds()
    {
        var shape = CudaStepShape.Of(Step([1, 7, 1], [5, 0, 9], [0, 7, 8]), new DecodeBuckets(8, 4096));

        Assert.Equal(new CudaStepShape(9, 3, 3, 7, 10, CudaStepShape.Eager), shape);
    }

    [Fact]
    public void Of_DecodeOfWhichARowIsNotSampled_RunsWithoutAGraph() =>
        Assert.Equal(CudaStepShape.Eager, CudaStepShape.Of(Step([1, 1], [5, 0], [1]), new DecodeBuckets(8, 4096)).GraphId);

    [Fact]
    public void Padding_IsWholeSequencesThatReadTheReservedBlockAndWriteNothing()
    {
        int[] lengths = new int[5], past = new int[4], table = new int[8], slots = new int[4], sampled = new int[4], ids = new int[4];
        Array.Fill(ids, 9);
        PaddedStep.InputIds([7, ~2], 3, ids);
        PaddedStep.CumulativeLengths([0, 1, 2], lengths);
        PaddedStep.PastLengths([20, 3], past);
        PaddedStep.BlockTable([4, 0, 2, -1], 5, table);
        PaddedStep.SlotMapping([4, 35], 5, 16, slots);
        PaddedStep.SampledRows([0, 1], sampled);

        Assert.Equal([7, ~2, 0, 0], ids);
        Assert.Equal([0, 1, 2, 3, 4], lengths);
        Assert.Equal([20, 3, 0, 0], past);
        Assert.Equal([5, 1, 3, 0, 0, 0, 0, 0], table);
        Assert.Equal([20, 51, -1, -1], slots);
        Assert.Equal([0, 1, 2, 3], sampled);
    }

    [Fact]
    public void Padding_IndexBeyondTheCache_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PaddedStep.InputIds([7, ~3], 3, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PaddedStep.InputIds([~0], 0, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PaddedStep.BlockTable([5], 5, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PaddedStep.SlotMapping([80], 5, 16, new int[1]));
    }

    private static StepInputs Step(int[] counts, int[] past, int[] sampled) => new()
    {
        InputIds = new int[counts.Sum()],
        CumulativeLengths = (int[])[.. Enumerable.Range(0, counts.Length + 1).Select(i => counts.Take(i).Sum())],
        PastLengths = past,
        BlockTable = new int[counts.Length * 4],
        SlotMapping = new int[counts.Sum()],
        SampledRows = sampled,
    };
}
