using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion;

/// <summary>The orchestration's input.</summary>
/// <param name="Restarts">Passes in a row that had to begin again without the document being ready in between.</param>
/// <param name="Start">What the first pass has to do, where a batch has begun it; null: it is still to be found out.</param>
public sealed record DocumentWork(DocumentName Document, int Restarts = 0, PassStart? Start = null);
