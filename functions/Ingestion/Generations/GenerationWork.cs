namespace Serverless.Functions.Ingestion.Generations;

/// <summary>The orchestration's input, and all that it knows beside the collection's state.</summary>
/// <param name="DelaySeconds">Until the next look.</param>
/// <param name="Seen">What the last look counted.</param>
/// <param name="Swept">The newest retired generation that every document has been told to let go of.</param>
/// <param name="Left">Chunks that the last look found of the generation that is to go.</param>
/// <param name="Idle">Looks since anything moved.</param>
/// <param name="IsDone">Nothing is being built and nothing is to go.</param>
public sealed record GenerationWork(
    string Collection, int DelaySeconds = 1, BuildTally? Seen = null, int? Swept = null, long? Left = null, int Idle = 0, bool IsDone = false);
