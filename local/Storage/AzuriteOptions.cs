namespace Serverless.Local.Storage;

/// <summary>How Azurite is started.</summary>
public sealed record AzuriteOptions
{
    /// <summary>Where it keeps blobs and queues; created when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int BlobPort { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int QueuePort { get; init; }

    /// <summary>The folder whose <c>node_modules</c> has Azurite; null: the nearest above the program.</summary>
    public string? ModulesDirectory { get; init; }

    /// <summary>How long it may take to listen. It needs 1 to 3 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
