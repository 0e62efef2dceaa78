using System.Text.Json;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>All that a run of <c>gpu-worker bench</c> measured.</summary>
/// <param name="Session">Of the decode workload; null where that was not asked for.</param>
/// <param name="Serving">Of the serving workloads; null where none was asked for.</param>
internal sealed record BenchResults(BenchReport? Session, ServingReport? Serving)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static async Task<BenchResults> RunAsync(BenchOptions options, TextWriter progress) => new(
        options.Measures(BenchWorkload.Decode) ? await ModelBenchmark.RunAsync(options, progress) : null,
        options.Measures(BenchWorkload.Serving) ? await ServingBenchmark.RunAsync(options, progress) : null);

    public string ToTable() => string.Join("\n\n", new[] { Session?.ToTable(), Serving?.ToTable() }.OfType<string>());

    /// <summary>What the session measured, as before there was anything else; with <c>serving</c> beside it where that was measured.</summary>
    public string ToJson() => Serving is null ? Session!.ToJson() : JsonSerializer.Serialize(this, Json);
}
