namespace Serverless.GpuWorker.Scheduling;

/// <summary>An engine's histograms, with vLLM's buckets (vllm/v1/metrics/loggers.py). Thread-safe.</summary>
public sealed class EngineHistograms
{
    private static readonly double[] Seconds = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
    private static readonly double[] Tokens = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
    private static readonly double[] Step = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

    private static readonly EngineMeasure[] All = Enum.GetValues<EngineMeasure>();

    private readonly Lock _lock = new();
    private readonly long[][] _counts = [.. All.Select(measure => new long[Bounds(measure).Count + 1])];
    private readonly double[] _sums = new double[All.Length];

    /// <summary>Upper bounds of a measure's buckets, ascending; +Inf is implied.</summary>
    public static IReadOnlyList<double> Bounds(EngineMeasure measure) => Of(measure);

    public void Record(EngineMeasure measure, double value)
    {
        var at = Array.BinarySearch(Of(measure), value);
        lock (_lock)
        {
            _counts[(int)measure][at < 0 ? ~at : at]++;
            _sums[(int)measure] += value;
        }
    }

    /// <summary>By <see cref="EngineMeasure"/>.</summary>
    public IReadOnlyList<HistogramCounts> Snapshot()
    {
        lock (_lock) return [.. All.Select(measure => new HistogramCounts([.. _counts[(int)measure]], _sums[(int)measure]))];
    }

    private static double[] Of(EngineMeasure measure) => measure switch
    {
        EngineMeasure.PromptTokens or EngineMeasure.GenerationTokens => Tokens,
        EngineMeasure.StepTokens => Step,
        _ => Seconds,
    };
}
