using System.Diagnostics;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What a figure was measured on. What the system does not tell is "unknown".</summary>
internal static class Machine
{
    public static string Processor => FirstLine("/proc/cpuinfo", "model name") is { } line ? line[(line.IndexOf(':') + 1)..].Trim() : "unknown";

    /// <summary>Runnable tasks, averaged over the last minute: how busy others keep the machine.</summary>
    public static string Load => FirstLine("/proc/loadavg", "")?.Split(' ')[0] ?? "unknown";

    /// <summary>The most memory that this process has held, in bytes.</summary>
    public static long PeakMemory => Process.GetCurrentProcess().PeakWorkingSet64;

    private static string? FirstLine(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
}
