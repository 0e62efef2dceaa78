namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Something that others are told of: a document that has come to its end, or a collection with nothing left to do. It holds names and counts, never content.</summary>
/// <param name="Id">The same for the same happening, however often it is told.</param>
/// <param name="Type">document.ready, document.failed, document.deleted or collection.idle.</param>
/// <param name="Document">Its path; null for a collection.</param>
/// <param name="Error">Why it failed.</param>
public sealed record Notice(string Id, string Type, string Collection, string? Document, DateTimeOffset At, int? Chunks = null, long? Size = null, string? Error = null)
{
    public const string Ready = "document.ready";
    public const string Failed = "document.failed";
    public const string Deleted = "document.deleted";
    public const string Idle = "collection.idle";
}
