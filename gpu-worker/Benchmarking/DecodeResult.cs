namespace Serverless.GpuWorker.Benchmarking;

/// <summary>A decoding step: one token for each of <paramref name="Batch"/> sequences.</summary>
/// <param name="Context">Tokens of each sequence.</param>
/// <param name="CacheBytes">Bytes of the cache that the step reads.</param>
/// <param name="Seconds">Of a step, median.</param>
/// <param name="Samples">Steps measured.</param>
/// <param name="Bandwidth">Bytes a second at which memory was read, by <see cref="BenchReport.Bandwidth"/>.</param>
internal sealed record DecodeResult(int Batch, int Context, long CacheBytes, double Seconds, int Samples, double Bandwidth);
