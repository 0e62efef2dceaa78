using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Benchmarking;

namespace Serverless.GpuWorker.Tests.Benchmarking;

public sealed class ReadPassTests
{
    private static readonly long Second = Stopwatch.Frequency;

    [Fact]
    public void BytesPerSecond_ReadersApart_CountsFromTheFirstStartToTheLastEnd()
    {
        // On one core they take turns: each reads 100 bytes in a second, and nobody reads 200.
        var pass = new ReadPass(200, [new ReaderSpan(Second, 2 * Second), new ReaderSpan(2 * Second, 3 * Second)]);

        Assert.Equal(2, pass.Seconds, 1e-6);
        Assert.Equal(100, pass.BytesPerSecond, 1e-4);
    }

    /// <summary>However the readers are scheduled, a pass is no faster than all of them at their own speeds, nor than its slowest reader.</summary>
    [Fact]
    public void BytesPerSecond_AnySchedule_IsNoMoreThanTheReadersDid()
    {
        var span = from started in Gen.Choose(0, 1_000_000) from length in Gen.Choose(1, 1_000_000) select new ReaderSpan(started, started + length);
        Prop.ForAll(Gen.NonEmptyListOf(span).ToArbitrary(), spans =>
        {
            ReaderSpan[] readers = [.. spans];
            const long Part = 1 << 20;
            var pass = new ReadPass(Part * readers.Length, readers);
            double[] own = [.. readers.Select(reader => Part * (double)Second / (reader.Ended - reader.Started))];
            return pass.BytesPerSecond <= own.Sum() * (1 + 1e-9) && pass.BytesPerSecond <= own.Min() * readers.Length * (1 + 1e-9);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
