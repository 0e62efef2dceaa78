namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What <c>gpu-worker bench</c> measures.</summary>
[Flags]
internal enum BenchWorkload
{
    /// <summary>Steps of the session: decoding and prompts.</summary>
    Decode = 1,

    /// <summary>The engine with more and more requests in flight.</summary>
    Load = 2,

    /// <summary>Requests with a common beginning.</summary>
    SharedPrefix = 4,

    /// <summary>The engine's time outside the model.</summary>
    Overhead = 8,

    /// <summary>Short prompts beside one client's long ones.</summary>
    LongPrompts = 16,

    /// <summary>The whole engine's workloads.</summary>
    Serving = Load | SharedPrefix | Overhead | LongPrompts,

    All = Decode | Serving,
}
