namespace Serverless.Functions.Ingestion.State;

/// <summary>A chunk's key in an index.</summary>
public sealed record IndexedId(string Index, string Id);
