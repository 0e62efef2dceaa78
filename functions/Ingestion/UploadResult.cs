using Serverless.Contracts;

namespace Serverless.Functions.Ingestion;

/// <summary>What became of one file of a request.</summary>
/// <param name="Document">Its path.</param>
/// <param name="Size">Bytes that were written; null where it was not taken.</param>
/// <param name="Error">Why it was not taken.</param>
public sealed record UploadResult(string Document, long? Size, ErrorDetail? Error = null);
