namespace Serverless.Functions.Ingestion.Readers;

/// <summary>A document that can never be ingested as it is. The message is the reason shown to its owner; it holds no content.</summary>
public sealed class DocumentRejectedException(string reason, Exception? innerException = null) : Exception(reason, innerException);
