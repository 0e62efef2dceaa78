using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>Something happened to a document or a collection.</summary>
/// <param name="Document">For <see cref="DocumentEventKind.Collection"/> the path is empty.</param>
/// <param name="ETag">The blob's ETag as the event names it, without quotes; null when it does not.</param>
/// <param name="EachKind">What to say of each document of a collection.</param>
/// <param name="Continuation">Where the listing of a collection goes on.</param>
/// <param name="Only">Documents of a collection in this state; null: all.</param>
public sealed record DocumentEvent(
    DocumentEventKind Kind, DocumentName Document, string? ETag = null, DocumentEventKind EachKind = DocumentEventKind.Refresh, string? Continuation = null,
    DocumentState? Only = null);
