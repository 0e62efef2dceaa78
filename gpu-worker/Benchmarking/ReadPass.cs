using System.Diagnostics;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>One pass over memory that several threads read together.</summary>
/// <param name="Bytes">Of all readers.</param>
internal sealed record ReadPass(long Bytes, IReadOnlyList<ReaderSpan> Readers)
{
    /// <summary>From the first reader's start to the last one's end: everything was read within that time, so it makes no pass look faster than it was.</summary>
    public double Seconds => (double)(Readers.Max(reader => reader.Ended) - Readers.Min(reader => reader.Started)) / Stopwatch.Frequency;

    public double BytesPerSecond => Bytes / Seconds;
}
