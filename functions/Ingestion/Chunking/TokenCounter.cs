namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Tokens of each text, in order.</summary>
public delegate Task<IReadOnlyList<int>> TokenCounter(IReadOnlyList<string> texts, CancellationToken cancellationToken);
