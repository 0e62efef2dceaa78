namespace Serverless.Local.Storage;

/// <summary>What is watched and where its events go.</summary>
public sealed record BlobEventSourceOptions
{
    /// <summary>The account's, for blobs and queues.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The folder of <c>blob-events.db</c>; created when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The container; created when it is missing.</summary>
    public string Container { get; init; } = "documents";

    /// <summary>The queue; created when it is missing.</summary>
    public string Queue { get; init; } = "document-events";

    /// <summary>Between two looks, at least; a look that takes longer than a tenth of this makes the pause longer.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"events of container {Container} to queue {Queue}";
}
