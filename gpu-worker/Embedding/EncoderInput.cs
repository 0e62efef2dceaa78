namespace Serverless.GpuWorker.Embedding;

/// <summary>The ids of a text as an encoder takes them, and which of them are pooled.</summary>
/// <param name="Ids">At most the model's length.</param>
/// <param name="PoolMask">1 where pooled; at least one is.</param>
internal sealed record EncoderInput(int[] Ids, int[] PoolMask);
