namespace Serverless.Functions.Retrieval.Index;

/// <summary>A chunk of which only the names matter.</summary>
/// <param name="Document">The document's path within its collection.</param>
public sealed record CountedChunk(string Id, string Document, string DocumentKey);
