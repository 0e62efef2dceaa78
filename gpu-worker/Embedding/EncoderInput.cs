namespace Serverless.GpuWorker.Embedding;

/// <summary>The ids of a text as an encoder takes them, and what it is told of each.</summary>
/// <param name="Ids">At most the model's length.</param>
/// <param name="Marks">To be embedded, 1 where pooled, and at least one is; of a pair to be scored, 0 in the first text and 1 in the second.</param>
internal sealed record EncoderInput(int[] Ids, int[] Marks);
