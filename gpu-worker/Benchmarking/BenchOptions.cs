using System.Globalization;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What <c>gpu-worker bench</c> is asked for.</summary>
internal sealed record BenchOptions
{
    public string Shape { get; init; } = "1b";

    public EngineDevice Device { get; init; }

    public WeightFormat Format { get; init; } = WeightFormat.Int4;

    /// <summary>The format's name on the command line.</summary>
    public string FormatName { get; init; } = "int4";

    /// <summary>On CUDA float32 means as activations.</summary>
    public KvCacheFormat KvCacheFormat { get; init; } = KvCacheFormat.Float32;

    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 4);

    /// <summary>Ranks that compute the model together; on CUDA alone.</summary>
    public int Ranks { get; init; } = 1;

    /// <inheritdoc cref="LlamaSessionOptions.SpinMicroseconds"/>
    public int SpinMicroseconds { get; init; } = OnnxSessions.DefaultSpinMicroseconds;

    public IReadOnlyList<int> Batches { get; init; } = [1, 4, 16];

    public IReadOnlyList<int> Contexts { get; init; } = [128, 2048];

    /// <summary>Tokens of a prompt.</summary>
    public int Prefill { get; init; } = 512;

    /// <summary>Each is measured under load: prompt tokens of a step in which others decode.</summary>
    public IReadOnlyList<int> PromptTokensBesideDecodes { get; init; } = [CheckpointLoader.CpuPromptTokensBesideDecodes];

    public BenchWorkload Workload { get; init; } = BenchWorkload.Decode;

    /// <summary>Requests with a common beginning.</summary>
    public int Requests { get; init; } = 64;

    /// <summary>Where to write the results as JSON; null for nowhere.</summary>
    public string? JsonPath { get; init; }

    public bool Measures(BenchWorkload workload) => (Workload & workload) != 0;

    /// <returns>The options, or one line that says which value is wrong and what is permitted.</returns>
    public static (BenchOptions? Options, string? Error) Read(IReadOnlyDictionary<string, string?> settings)
    {
        string? error = null;
        var formatName = Value("format") ?? "int4";
        WeightFormat? format = formatName switch
        {
            "int4" => WeightFormat.Int4,
            "int8" => WeightFormat.Int8,
            "f16" => WeightFormat.Checkpoint,
            "f32" => WeightFormat.Float32,
            _ => null,
        };
        bool isCuda = Value("device") is "cuda";
        BenchWorkload? workload = Value("workload") switch
        {
            null or "decode" => BenchWorkload.Decode,
            "load" => BenchWorkload.Load,
            "shared-prefix" => BenchWorkload.SharedPrefix,
            "overhead" => BenchWorkload.Overhead,
            "long-prompts" => BenchWorkload.LongPrompts,
            "serving" => BenchWorkload.Serving,
            "all" => BenchWorkload.All,
            _ => null,
        };
        KvCacheFormat? cacheFormat = Value("kv-cache-format") switch
        {
            null or "float32" => KvCacheFormat.Float32,
            "int8" => KvCacheFormat.Int8,
            "float8" when isCuda => KvCacheFormat.Float8,
            _ => null,
        };
        var options = new BenchOptions { Device = isCuda ? EngineDevice.Cuda : EngineDevice.Cpu };
        options = options with
        {
            Shape = Value("shape") ?? options.Shape,
            FormatName = formatName,
            Format = format ?? WeightFormat.Int4,
            KvCacheFormat = cacheFormat ?? KvCacheFormat.Float32,
            Threads = Numbers("threads", 1, 64, [options.Threads])[0],
            Ranks = Numbers("ranks", 1, 8, [options.Ranks])[0],
            SpinMicroseconds = Numbers("spin-microseconds", 0, OnnxSessions.MostSpinMicroseconds, [options.SpinMicroseconds])[0],
            Batches = Numbers("batch", 1, isCuda ? CudaKernelRules.MostSequences : 64, options.Batches),
            Contexts = Numbers("context", 1, 16_384, options.Contexts),
            Prefill = Numbers("prefill", 1, 8192, [options.Prefill])[0],
            PromptTokensBesideDecodes = Numbers("prompt-tokens-beside-decodes", 1, ServingBenchmark.MaxBatchedTokens, options.PromptTokensBesideDecodes),
            Workload = workload ?? BenchWorkload.Decode,
            Requests = Numbers("requests", 1, 1000, [options.Requests])[0],
            JsonPath = Value("json"),
        };
        if (ModelShape.Find(options.Shape, 1) is null)
            error ??= $"--shape must be {ModelShape.Names}.";

        if (format is null)
            error ??= "--format must be int4, int8, f16 or f32.";

        if (Value("device") is not (null or "cpu" or "cuda"))
            error ??= "--device must be cpu or cuda.";

        if (workload is null)
            error ??= "--workload must be decode, load, shared-prefix, overhead, long-prompts, serving or all.";

        if (cacheFormat is null)
            error ??= $"--kv-cache-format must be {(isCuda ? "float32 (as activations), int8 or float8" : "float32 or int8")} with --device {(isCuda ? "cuda" : "cpu")}.";

        error ??= RanksError(options);
        if (isCuda)
            error ??= CudaError(options);

        return error is null ? (options, null) : (null, error);

        string? Value(string name) => settings.GetValueOrDefault(CommandOptions.BenchPrefix + name);

        IReadOnlyList<int> Numbers(string name, int least, int most, IReadOnlyList<int> otherwise)
        {
            if (Value(name) is not { } text)
                return otherwise;

            List<int> numbers = [];
            foreach (string part in text.Split(','))
            {
                if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least || number > most)
                {
                    error ??= $"--{name} must be {(otherwise.Count > 1 ? "whole numbers with commas between them, each" : "a whole number")} from {least} to {most}.";
                    return otherwise;
                }
                numbers.Add(number);
            }
            return numbers;
        }
    }

    private static string? RanksError(BenchOptions options)
    {
        if (options.Ranks == 1)
            return null;

        if (options.Device != EngineDevice.Cuda)
            return "--ranks must be left out with --device cpu.";

        int heads = ModelShape.Find(options.Shape, 1)?.KvHeads ?? options.Ranks;
        return options.Ranks is not (2 or 4 or 8) || heads % options.Ranks != 0 ? $"--ranks must be 1, 2, 4 or 8 and divide the shape's {heads} key-value heads." : null;
    }

    /// <summary>What CUDA does not measure: it has no float32 matrices, and the serving workloads build a session of the CPU.</summary>
    private static string? CudaError(BenchOptions options) => options switch
    {
        { Format: WeightFormat.Float32 } => "--format must be int4, int8 or f16 with --device cuda.",
        { Workload: not BenchWorkload.Decode } => "--workload must be decode with --device cuda.",
        _ => null,
    };
}
