using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>The passes that a document's present state asks for, each into one generation of its collection.</summary>
/// <param name="Building">Null: no other generation is being built.</param>
public sealed record PassPlan(PassRef Serving, PassRef? Building, GenerationState Generations);
