namespace Serverless.Functions.Retrieval.Index;

/// <summary>The search service refused something. The message holds statuses and counts; the service's own words may quote content.</summary>
public sealed class ChunkIndexException(string message, bool isTransient) : Exception(message)
{
    /// <summary>Whether trying again may help.</summary>
    public bool IsTransient { get; } = isTransient;
}
