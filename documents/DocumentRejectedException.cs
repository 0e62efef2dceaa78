namespace Serverless.Documents;

/// <summary>A document that can never be ingested as it is. The message is the reason shown to its owner; it holds no content.</summary>
public class DocumentRejectedException(string reason, Exception? innerException = null, bool isLimit = false) : Exception(reason, innerException)
{
    /// <summary>Whether a bound on time or size was passed.</summary>
    public bool IsLimit { get; } = isLimit;
}
