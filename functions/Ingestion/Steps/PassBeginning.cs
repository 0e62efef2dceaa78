using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>What is to be said of a pass's beginning, left to be said with its end.</summary>
/// <param name="TakenAt">When the status was last changed: by this pass, taking the document up.</param>
public sealed record PassBeginning(DateTimeOffset TakenAt, Func<DocumentStatus?, DocumentStatus?> Begin);
