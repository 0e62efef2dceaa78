namespace Serverless.Functions.Ingestion.Notices;

/// <summary>A notice was not taken; it is to be told again. The message holds a status and nothing that the other side said.</summary>
public sealed class NoticeException(string message) : Exception(message);
