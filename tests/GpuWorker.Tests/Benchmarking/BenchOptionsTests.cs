using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Benchmarking;

public sealed class BenchOptionsTests
{
    [Fact]
    public void Read_Nothing_IsTheDefault()
    {
        var (options, error) = BenchOptions.Read(CommandLine.Parse(["bench"]).Settings);
        Assert.Null(error);
        Assert.NotNull(options);
        Assert.Equal(("1b", WeightFormat.Int4, 512), (options.Shape, options.Format, options.Prefill));
        Assert.Equal([1, 4, 16], options.Batches);
        Assert.Equal([128, 2048], options.Contexts);
    }

    [Fact]
    public void Read_EveryOption_IsTaken()
    {
        string[] args = ["bench", "--shape", "tiny", "--format=f16", "--threads", "1", "--spin-microseconds", "50", "--batch", "2,3", "--context=64", "--prefill", "9", "--kv-cache-format", "int8", "--json", "x.json"];
        var (options, error) = BenchOptions.Read(CommandLine.Parse(args).Settings);
        Assert.Null(error);
        Assert.NotNull(options);
        Assert.Equal(("tiny", WeightFormat.Checkpoint, 1, 9, "x.json"), (options.Shape, options.Format, options.Threads, options.Prefill, options.JsonPath));
        Assert.Equal(50, options.SpinMicroseconds);
        Assert.Equal(KvCacheFormat.Int8, options.KvCacheFormat);
        Assert.Equal([2, 3], options.Batches);
        Assert.Equal([64], options.Contexts);
    }

    [Theory]
    [InlineData("--device", "tpu", "--device must be cpu or cuda.")]
    [InlineData("--shape", "2b", "--shape must be tiny, 1b, 7b, 13b or 70b.")]
    [InlineData("--format", "fp8", "--format must be int4, int8, f16 or f32.")]
    [InlineData("--kv-cache-format", "fp8", "--kv-cache-format must be float32 or int8 with --device cpu.")]
    [InlineData("--kv-cache-format", "float8", "--kv-cache-format must be float32 or int8 with --device cpu.")]
    [InlineData("--threads", "0", "--threads must be a whole number from 1 to 64.")]
    [InlineData("--spin-microseconds", "yes", "--spin-microseconds must be a whole number from 0 to 100000.")]
    [InlineData("--batch", "1,,2", "--batch must be whole numbers with commas between them, each from 1 to 64.")]
    [InlineData("--context", "-5", "--context must be whole numbers with commas between them, each from 1 to 16384.")]
    [InlineData("--workload", "everything", "--workload must be decode, load, shared-prefix, overhead, long-prompts, serving or all.")]
    [InlineData("--requests", "0", "--requests must be a whole number from 1 to 1000.")]
    [InlineData("--ranks", "2", "--ranks must be left out with --device cpu.")]
    [InlineData("--prefill", "many", "--prefill must be a whole number from 1 to 8192.")]
    public void Read_Wrong_NamesTheOptionAndWhatIsPermitted(string option, string value, string expected) =>
        Assert.Equal(expected, BenchOptions.Read(CommandLine.Parse(["bench", $"{option}={value}"]).Settings).Error);

    [Theory]
    [InlineData(null, true, false)]
    [InlineData("decode", true, false)]
    [InlineData("load", false, true)]
    [InlineData("serving", false, true)]
    [InlineData("all", true, true)]
    public void Read_Workload_SaysWhatIsMeasured(string? workload, bool session, bool load)
    {
        var options = BenchOptions.Read(CommandLine.Parse(workload is null ? ["bench"] : ["bench", "--workload", workload]).Settings).Options!;

        Assert.Equal((session, load), (options.Measures(BenchWorkload.Decode), options.Measures(BenchWorkload.Load)));
    }

    [Theory]
    [InlineData("--batch", "256", null)]
    [InlineData("--batch", "257", "--batch must be whole numbers with commas between them, each from 1 to 256.")]
    [InlineData("--format", "f32", "--format must be int4, int8 or f16 with --device cuda.")]
    [InlineData("--workload", "all", "--workload must be decode with --device cuda.")]
    [InlineData("--ranks", "4", null)]
    [InlineData("--ranks", "3", "--ranks must be 1, 2, 4 or 8 and divide the shape's 4 key-value heads.")]
    [InlineData("--ranks", "8", "--ranks must be 1, 2, 4 or 8 and divide the shape's 4 key-value heads.")]
    [InlineData("--ranks", "9", "--ranks must be a whole number from 1 to 8.")]
    [InlineData("--kv-cache-format", "int8", null)]
    [InlineData("--kv-cache-format", "float8", null)]
    [InlineData("--kv-cache-format", "fp8", "--kv-cache-format must be float32 (as activations), int8 or float8 with --device cuda.")]
    public void Read_Cuda_HasLimitsOfItsOwn(string option, string value, string? expected) =>
        Assert.Equal(expected, BenchOptions.Read(CommandLine.Parse(["bench", "--device", "cuda", option, value]).Settings).Error);

    [Theory]
    [InlineData("float32", KvCacheFormat.Float32)]
    [InlineData("int8", KvCacheFormat.Int8)]
    [InlineData("float8", KvCacheFormat.Float8)]
    public void Read_CacheOnCuda_IsTaken(string value, KvCacheFormat format) =>
        Assert.Equal(format, BenchOptions.Read(CommandLine.Parse(["bench", "--device", "cuda", "--kv-cache-format", value]).Settings).Options!.KvCacheFormat);

    [Fact]
    public void Help_EveryBenchOption_IsListed() =>
        Assert.All(CommandOptions.Bench, option => Assert.Contains(option.Name, CommandOptions.Help, StringComparison.Ordinal));
}
