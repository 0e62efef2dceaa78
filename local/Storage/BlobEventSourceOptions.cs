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
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The folder in which the storage keeps its databases: it is watched, and a look is made when a blob database was written, so that an idle container
    /// is not listed over and over. Null: a look every <see cref="Interval"/>.
    /// </summary>
    public string? StorageFolder { get; init; }

    /// <summary>Between two looks at a container whose <see cref="StorageFolder"/> is silent: what a file system does not tell is found then.</summary>
    public TimeSpan IdleInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"events of container {Container} to queue {Queue}";
}
