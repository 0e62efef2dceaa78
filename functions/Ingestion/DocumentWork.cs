namespace Serverless.Functions.Ingestion;

/// <summary>The orchestration's input.</summary>
/// <param name="Restarts">Passes in a row that had to begin again without the document being ready in between.</param>
public sealed record DocumentWork(DocumentName Document, int Restarts = 0);
