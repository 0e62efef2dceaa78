using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What a run of <c>gpu-worker bench</c> measured. Seconds are medians.</summary>
internal sealed record BenchReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public required DateTimeOffset Time { get; init; }

    public required string Shape { get; init; }

    public required string Format { get; init; }

    public required string KvCacheFormat { get; init; }

    /// <summary>On CUDA the range that all channels of a quantised cache are taken to have, random weights being without a calibration; null elsewhere.</summary>
    public float? KvCacheRange { get; init; }

    public required int Threads { get; init; }

    /// <summary>Of the model; bytes and bandwidth are those of one of them.</summary>
    public int Ranks { get; init; } = 1;

    public required int SpinMicroseconds { get; init; }

    public required string Processor { get; init; }

    /// <summary>The implementation of quantised products that the machine chose.</summary>
    public required string Kernel { get; init; }

    /// <summary>Which speed of memory the roofline goes by.</summary>
    public required string Bandwidth { get; init; }

    /// <summary>Load of the machine before the measurement.</summary>
    public required string Load { get; init; }

    /// <summary>Bytes of weights that a step reads.</summary>
    public required long StepBytes { get; init; }

    public required IReadOnlyList<DecodeResult> Decode { get; init; }

    public required int PrefillTokens { get; init; }

    public required double PrefillSeconds { get; init; }

    public required int EngineBatch { get; init; }

    /// <summary>From a decoding step's beginning to the next one's, in the engine.</summary>
    public required double EnginePeriod { get; init; }

    /// <summary>The share of that period that is not the model's: planning, sampling, publishing.</summary>
    public required double EngineOverhead { get; init; }

    public required long PeakMemory { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string ToTable()
    {
        var text = new StringBuilder();
        Line($"{Shape} {Format}, KV cache {KvCacheFormat}{(KvCacheRange is { } range ? $" of fixed ranges {range:G}" : "")}, {ThreadWords.Of(Threads, SpinMicroseconds)}{(Ranks > 1 ? $", {Ranks} ranks" : "")}, {Processor}, products {Kernel}, load before {Load}, {Time:yyyy-MM-dd HH:mm}Z");
        Line($"memory read {Decode.Min(r => r.Bandwidth) / 1e9:F1} to {Decode.Max(r => r.Bandwidth) / 1e9:F1} GB/s; a step reads {StepBytes / 1e9:F3} GB of weights; peak memory {PeakMemory / 1e9:F2} GB");
        Line($"");
        Line($"| what | tokens/s | ms a step | of the bandwidth roofline | fastest of both |");
        Line($"|---|---|---|---|---|");
        foreach (var result in Decode)
        {
            string share = $"{result.ShareOfRoofline(StepBytes):P0} | {result.FastestShareOfRoofline(StepBytes):P0}";
            Line($"| decode, batch {result.Batch}, context {result.Context} | {result.Batch / result.Seconds:F1} | {1e3 * result.Seconds:F1} | {share} |");
        }
        Line($"| prefill, {PrefillTokens} tokens | {PrefillTokens / PrefillSeconds:F1} | {1e3 * PrefillSeconds:F0} | | |");
        Line($"| engine, batch {EngineBatch}, greedy | {EngineBatch / EnginePeriod:F1} | {1e3 * EnginePeriod:F1} | outside the model {EngineOverhead:P2} | |");
        Line($"");
        Line($"Random weights. Decode and prefill: a step of the engine's session over a cache filled with random numbers, median. Engine: the whole engine,");
        Line($"from a step's beginning to the next one's. Roofline: weights and cache read once, at the speed {Bandwidth}; medians of both.");
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
