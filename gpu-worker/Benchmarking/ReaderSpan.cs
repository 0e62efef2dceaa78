namespace Serverless.GpuWorker.Benchmarking;

/// <summary>When one thread read its part, by its own clock: timestamps of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
internal readonly record struct ReaderSpan(long Started, long Ended);
