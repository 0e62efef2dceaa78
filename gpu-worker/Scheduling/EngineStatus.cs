namespace Serverless.GpuWorker.Scheduling;

/// <summary>A moment in the engine's life, for health and metrics.</summary>
/// <param name="LastProgress">When a step last completed, or when there was last nothing to do.</param>
/// <param name="KvCacheUsage">Share of KV cache blocks in use, 0..1.</param>
public sealed record EngineStatus(bool IsReady, DateTimeOffset LastProgress, int Running, int Waiting, double KvCacheUsage, long PromptTokens, long GeneratedTokens);
