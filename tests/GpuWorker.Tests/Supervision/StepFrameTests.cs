using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Tests.Supervision;

public sealed class StepFrameTests
{
    [Fact]
    public void Step_Any_ComesOutAsItWas()
    {
        var step = new StepFrame();
        Prop.ForAll(Gen.Choose(1, 40).ArrayOf().Where(counts => counts.Length > 0).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (counts, width, seed) =>
        {
            var lists = Lists(counts, width, seed);

            // The same buffers each time, as in a rank.
            Read(step, Frame(lists));

            Assert.Equal(lists, ListsOf(step.Inputs));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0, new int[0])]
    [InlineData(0, new[] { 1, 2 })]
    [InlineData(0, new[] { 1, -65_537, 3 })]
    [InlineData(1, new[] { 0, 3 })]
    [InlineData(1, new[] { 1, 2, 3 })]
    [InlineData(1, new[] { 0, 0, 3 })]
    [InlineData(1, new[] { 0, 2, 4 })]
    [InlineData(1, new int[0])]
    [InlineData(2, new[] { 5 })]
    [InlineData(2, new[] { 5, -1 })]
    [InlineData(3, new[] { 0, 1, 2 })]
    [InlineData(3, new int[0])]
    [InlineData(4, new[] { 1, 2 })]
    [InlineData(5, new int[0])]
    [InlineData(5, new[] { 3 })]
    [InlineData(5, new[] { -1 })]
    public void Read_ListsThatDoNotFit_AreRefused(int list, int[] values)
    {
        int[][] lists = [[1, 2, 3], [0, 2, 3], [5, 0], [0, 1, 2, -1], [80, 81, 32], [1, 2]];
        Read(new StepFrame(), Frame(lists));
        lists[list] = values;

        var error = Assert.Throws<ProtocolException>(() => Read(new StepFrame(), Frame(lists)));

        Assert.EndsWith("has lists that do not fit one another.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyBytes_AreRefusedOrAStep() => Prop.ForAll<byte[]>(bytes =>
    {
        var error = Record.Exception(() => Read(new StepFrame(), [(byte)FrameKind.Step, .. bytes]));
        Assert.True(error is null or ProtocolException, error?.ToString());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Read_FrameCutShortAnywhere_IsRefused()
    {
        var frame = Frame([[1, 2, 3], [0, 2, 3], [5, 0], [0, 1, 2, -1], [80, 81, 32], [1, 2]]);
        for (var bytes = 1; bytes < frame.Length; bytes++) Assert.Throws<ProtocolException>(() => Read(new StepFrame(), frame[..bytes]));
        Assert.Throws<ProtocolException>(() => Read(new StepFrame(), [.. frame, 0]));
    }

    /// <summary>Writing a step, reading it from a stream, and handing it on: once buffers have grown, nothing is allocated, at frames beyond a stream's usual buffer too.</summary>
    [Fact]
    public void Steps_Many_AllocateNothing()
    {
        var lists = Lists([.. Enumerable.Repeat(1, 256)], width: 128, seed: 5);
        var (writer, queue) = (new FrameWriter(), new StepQueue());
        using var stream = new MemoryStream();
        var frames = new FrameStream(stream, 1 << 20);
        for (var i = 0; i < 4; i++) Turn();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) Turn();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Turn()
        {
            writer.Clear();
            StepFrame.Write(writer, Inputs(lists));
            stream.Position = 0;
            stream.Write(writer.Written);
            stream.Position = 0;
            Assert.True(frames.TryRead(out var frame));
            var reader = new FrameReader(frame);
            queue.Add(ref reader);
            queue.Return(queue.Take()!);
        }
    }

    [Fact]
    public void Add_MoreThanRankZeroCanBeAhead_IsRefused()
    {
        var (queue, frame) = (new StepQueue(), Frame(Lists([1], 1, 1)));
        for (var i = 0; i < StepQueue.MostWaiting; i++) Add();

        Assert.Contains("steps wait already", Assert.Throws<ProtocolException>(Add).Message, StringComparison.Ordinal);

        void Add()
        {
            var reader = new FrameReader(frame);
            queue.Add(ref reader);
        }
    }

    [Fact]
    public void Take_AfterTheLast_GivesWhatIsThereThenNothing()
    {
        var queue = new StepQueue();
        var reader = new FrameReader(Frame(Lists([2, 3], 1, 1)));
        queue.Add(ref reader);
        queue.Complete();

        Assert.Equal(5, queue.Take()!.Inputs.InputIds.Length);
        Assert.Null(queue.Take());
    }

    /// <param name="counts">Tokens of each sequence.</param>
    private static int[][] Lists(int[] counts, int width, int seed)
    {
        var random = new System.Random(seed);
        var tokens = counts.Sum();
        int[] lengths = [.. counts.Aggregate(new List<int> { 0 }, (sums, count) => [.. sums, sums[^1] + count])];
        return
        [
            Many(tokens, 0, int.MaxValue),
            lengths,
            Many(counts.Length, 0, int.MaxValue),
            Many(counts.Length * width, -1, int.MaxValue),
            Many(tokens, -1, int.MaxValue),
            Many(random.Next(1, tokens + 1), 0, tokens),
        ];

        int[] Many(int count, int low, int high) => [.. Enumerable.Range(0, count).Select(_ => random.Next(low, high))];
    }

    private static StepInputs Inputs(int[][] lists) => new()
    {
        InputIds = lists[0],
        CumulativeLengths = lists[1],
        PastLengths = lists[2],
        BlockTable = lists[3],
        SlotMapping = lists[4],
        SampledRows = lists[5],
    };

    private static int[][] ListsOf(StepInputs step) =>
        [[.. step.InputIds], [.. step.CumulativeLengths], [.. step.PastLengths], [.. step.BlockTable], [.. step.SlotMapping], [.. step.SampledRows]];

    private static byte[] Frame(int[][] lists)
    {
        var writer = new FrameWriter();
        StepFrame.Write(writer, Inputs(lists));
        return writer.Written[sizeof(int)..].ToArray();
    }

    private static void Read(StepFrame step, byte[] frame)
    {
        var reader = new FrameReader(frame);
        step.Read(ref reader);
    }
}
