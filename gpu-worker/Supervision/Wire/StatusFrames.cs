using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>An engine's status. Times travel as how long ago they were: the two processes' clocks have no origin in common.</summary>
internal static class StatusFrames
{
    private const int MaxHistograms = 32;

    /// <summary>What changes with every step.</summary>
    public static void Write(FrameWriter writer, EngineStatus status, TimeSpan now)
    {
        writer.Bool(status.IsReady);
        writer.Double((now - status.LastProgress).TotalSeconds);
        writer.Int32(status.Running);
        writer.Int32(status.Waiting);
        writer.Double(status.KvCacheUsage);
        writer.Int64(status.PromptTokens);
        writer.Int64(status.GeneratedTokens);
        writer.Int64(status.Preemptions);
        writer.Int64(status.PrefixQueryTokens);
        writer.Int64(status.PrefixHitTokens);
        writer.Int64(status.Drafts.Drafts);
        writer.Int64(status.Drafts.Tokens);
        writer.Int64(status.Drafts.AcceptedTokens);
        writer.Int32(status.KvCacheBlocks);
        writer.Int32(status.KvCacheBlockSize);
        writer.Bool(status.DeviceMemory is not null);
        if (status.DeviceMemory is not { } memory) return;
        writer.Int64(memory.Weights);
        writer.Int64(memory.Cache);
        writer.Int64(memory.Steps);
        writer.Int64(memory.Free);
    }

    /// <summary>What <see cref="Write"/> wrote, without histograms.</summary>
    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static EngineStatus Read(ref FrameReader reader, TimeSpan now)
    {
        var isReady = reader.Bool();
        var seconds = reader.Double();
        if (seconds is not (> -86_400 and < 31_536_000)) throw new ProtocolException("A status holds an impossible time.");
        return new EngineStatus(isReady, now - TimeSpan.FromSeconds(Math.Max(0, seconds)), reader.Int32(), reader.Int32(), reader.Double(), reader.Int64(), reader.Int64())
        {
            Preemptions = reader.Int64(),
            PrefixQueryTokens = reader.Int64(),
            PrefixHitTokens = reader.Int64(),
            Drafts = new DraftCounts(reader.Int64(), reader.Int64(), reader.Int64()),
            KvCacheBlocks = reader.Int32(),
            KvCacheBlockSize = reader.Int32(),
            DeviceMemory = reader.Bool() ? new DeviceMemory(reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64()) : null,
        };
    }

    /// <summary>All of it, with the histograms.</summary>
    public static void WriteFull(FrameWriter writer, EngineStatus status, TimeSpan now)
    {
        Write(writer, status, now);
        writer.Int32(status.Histograms.Count);
        foreach (var histogram in status.Histograms)
        {
            writer.Double(histogram.Sum);
            writer.Int64s([.. histogram.Counts]);
        }
    }

    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static EngineStatus ReadFull(ref FrameReader reader, TimeSpan now)
    {
        var status = Read(ref reader, now);
        var histograms = new HistogramCounts[Math.Min(reader.Count(sizeof(double)), MaxHistograms)];
        for (var i = 0; i < histograms.Length; i++)
        {
            var sum = reader.Double();
            histograms[i] = new HistogramCounts(reader.Int64s(), sum);
        }

        return status with { Histograms = histograms };
    }
}
