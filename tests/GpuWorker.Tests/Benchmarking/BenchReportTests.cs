using System.Text.Json;
using Serverless.GpuWorker.Benchmarking;

namespace Serverless.GpuWorker.Tests.Benchmarking;

public sealed class BenchReportTests
{
    [Fact]
    public void ToTableAndToJson_AReport_SayTheSame()
    {
        var report = new BenchReport
        {
            Time = DateTimeOffset.UnixEpoch,
            Shape = "tiny",
            Format = "int4",
            KvCacheFormat = "int8",
            KvCacheRange = 4,
            Bandwidth = "at which a test reads",
            Threads = 2,
            Ranks = 2,
            SpinMicroseconds = 20,
            Processor = "a processor",
            Kernel = "portable",
            Load = "0.5",
            StepBytes = 600_000_000,
            Decode = [new DecodeResult(1, 128, 400_000_000, [0.1, 0.05, 0.3], [20e9, 25e9, 1e9]), new DecodeResult(4, 128, 600_000_000, [0.2], [12e9])],
            PrefillTokens = 512,
            PrefillSeconds = 2,
            EngineBatch = 4,
            EnginePeriod = 0.25,
            EngineOverhead = 0.02,
            PeakMemory = 1_000_000_000,
        };

        string table = report.ToTable();
        Assert.Contains("| decode, batch 1, context 128 | 10.0 | 100.0 | 50 % | 80 % |", table, StringComparison.Ordinal);
        Assert.Contains("| decode, batch 4, context 128 | 20.0 | 200.0 | 50 % | 50 % |", table, StringComparison.Ordinal);
        Assert.Contains("KV cache int8 of fixed ranges 4, 2 threads", table, StringComparison.Ordinal);
        Assert.Contains("at the speed at which a test reads;", table, StringComparison.Ordinal);
        Assert.Contains("2 threads that spin 20 us, 2 ranks, a processor", table, StringComparison.Ordinal);
        Assert.Contains("memory read 12.0 to 20.0 GB/s", table, StringComparison.Ordinal);
        Assert.Contains("| prefill, 512 tokens | 256.0 | 2000 | | |", table, StringComparison.Ordinal);
        Assert.Contains("outside the model 2.00 %", table, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(0.1, json.RootElement.GetProperty("decode")[0].GetProperty("seconds").GetDouble());
    }

    [Fact]
    public void ToTableAndToJson_AServingReport_SayTheSame()
    {
        var report = new ServingReport
        {
            Time = DateTimeOffset.UnixEpoch,
            Shape = "tiny",
            Format = "int4",
            Threads = 2,
            SpinMicroseconds = 0,
            Processor = "a processor",
            MachineLoad = "0.5",
            MaxSequences = 16,
            MaxBatchedTokens = 512,
            Load =
            [
                new LoadResult(1, 64, 8, 800, 200, 4, new Percentiles(0.1, 0.2), new Percentiles(0.01, 0.02), null),
                new LoadResult(64, 512, 128, 12_800, 3200, 8, new Percentiles(1, 2), new Percentiles(0.03, 0.04), 0.9876),
            ],
            SharedPrefix = new SharedPrefixResult(64, 1500, 32, 16, 2, 11),
            Overhead = [new OverheadResult(16, 0, 0.001, 0.049)],
        };

        string table = report.ToTable();
        Assert.Contains("| 1 | 64 | 8 | 50.0 | 250.0 | 100, 200 | 10.0, 20.0 |  |", table, StringComparison.Ordinal);
        Assert.Contains("| 64 | 512 | 128 | 400.0 | 2000.0 | 1000, 2000 | 30.0, 40.0 | 0.988 |", table, StringComparison.Ordinal);
        Assert.Contains("| ratio | 5.5 |", table, StringComparison.Ordinal);
        Assert.Contains("| batch 16, greedy | 49.00 | 1000 | 2.00 % |", table, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(new BenchResults(null, report).ToJson());
        Assert.Equal(11, json.RootElement.GetProperty("serving").GetProperty("sharedPrefix").GetProperty("unsharedSeconds").GetDouble());
    }

    [Theory]
    [InlineData(1, 1, 1, 0, 0, 0)]
    [InlineData(8, 8, 4, 2, 1, 1)]
    [InlineData(64, 64, 32, 11, 11, 10)]
    public void WorkersOf_InFlight_AreAllOfThemAndTheFirstClientHasHalf(int inFlight, int sum, params int[] expected)
    {
        int[] workers = LoadWorkload.WorkersOf(inFlight);

        Assert.Equal(sum, workers.Sum());
        Assert.Equal(expected, workers.OrderDescending());
        Assert.Equal(expected[0], workers[0]);
    }

    [Theory]
    [InlineData(0.5, 2.0)]
    [InlineData(0.99, 4.0)]
    [InlineData(0.0, 1.0)]
    public void Percentile_Values_IsByNearestRank(double share, double expected)
    {
        Assert.Equal(expected, Statistics.Percentile([4, 1, 3, 2], share));
        Assert.True(double.IsNaN(Statistics.Percentile([], share)));
    }

    [Theory]
    [InlineData(1.0, 5, 5, 5)]
    [InlineData(1.0 / 3, 9, 0, 0)]
    [InlineData(0.9, 1, 2)]
    public void Jain_Shares_IsOneWhereAllAreEqual(double expected, params int[] shares) =>
        Assert.Equal(expected, Statistics.Jain([.. shares.Select(share => (long)share)]), 12);

    [Theory]
    [InlineData(2.0, 3.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 2.0, 3.0)]
    [InlineData(double.NaN)]
    public void Median_Values_IsTheirMiddle(double expected, params double[] values) => Assert.Equal(expected, Statistics.Median(values));
}
