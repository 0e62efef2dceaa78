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
            Threads = 2,
            Spin = true,
            Processor = "a processor",
            Kernel = "portable",
            Load = "0.5",
            StepBytes = 600_000_000,
            Decode = [new DecodeResult(1, 128, 400_000_000, 0.1, 5, 20e9), new DecodeResult(4, 128, 600_000_000, 0.2, 5, 12e9)],
            PrefillTokens = 512,
            PrefillSeconds = 2,
            EngineBatch = 4,
            EnginePeriod = 0.25,
            EngineOverhead = 0.02,
            PeakMemory = 1_000_000_000,
        };

        string table = report.ToTable();
        Assert.Contains("| decode, batch 1, context 128 | 10.0 | 100.0 | 50 % |", table, StringComparison.Ordinal);
        Assert.Contains("| decode, batch 4, context 128 | 20.0 | 200.0 | 50 % |", table, StringComparison.Ordinal);
        Assert.Contains("memory read 12.0 to 20.0 GB/s", table, StringComparison.Ordinal);
        Assert.Contains("| prefill, 512 tokens | 256.0 | 2000 | |", table, StringComparison.Ordinal);
        Assert.Contains("outside the model 2.00 %", table, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(0.1, json.RootElement.GetProperty("decode")[0].GetProperty("seconds").GetDouble());
    }

    [Theory]
    [InlineData(2.0, 3.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 2.0, 3.0)]
    [InlineData(double.NaN)]
    public void Median_Values_IsTheirMiddle(double expected, params double[] values) => Assert.Equal(expected, Statistics.Median(values));
}
