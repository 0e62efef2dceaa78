namespace Serverless.Functions.Ingestion.State;

/// <summary>One pass over one state of a document: the input of its activities. Durable's history keeps it, so it names things and holds none.</summary>
/// <param name="Pass">Names the blob's content and the collection's settings; the prefix of its intermediate results.</param>
/// <param name="ETag">The blob's ETag that the pass reads.</param>
/// <param name="Force">Whether chunks are embedded anew that the index holds already.</param>
public sealed record PassRef(DocumentName Document, string Pass, string ETag, bool Force, PassSettings Settings);
