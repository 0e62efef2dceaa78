namespace Serverless.GpuWorker.Benchmarking;

/// <summary>The engine's own time while <paramref name="Batch"/> sequences decode: sampling, committing, publishing, planning, packing.</summary>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="Between">Seconds from a step's end in the model to the next one's beginning, median.</param>
/// <param name="Inside">Seconds of a step in the model, median.</param>
internal sealed record OverheadResult(int Batch, double Temperature, double Between, double Inside);
