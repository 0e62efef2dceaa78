namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What an encoder is made of.</summary>
/// <param name="CheckpointPath">The checkpoint folder.</param>
/// <param name="Threads">Of one operator; 0 means the machine's cores, at most 4.</param>
internal sealed record EncoderOptions(string CheckpointPath, int Threads);
