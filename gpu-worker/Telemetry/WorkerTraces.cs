using System.Diagnostics;

namespace Serverless.GpuWorker.Telemetry;

/// <summary>The worker's spans: a request and each sequence that it generates. There are none, at no cost, while nobody listens.</summary>
internal static class WorkerTraces
{
    public const string SourceName = "Serverless.GpuWorker";

    public static ActivitySource Source { get; } = new(SourceName);
}
