namespace Serverless.Local.Hosting;

/// <summary>extensions.queues of host.json, with Azure's defaults.</summary>
public sealed record QueueSettings
{
    /// <summary>A message whose function has failed this often goes to {queue}-poison; 1 to 1000.</summary>
    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>How long a message stays invisible after its function failed: the delay before the next try.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>Messages taken at once; 1 to 32.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>The next batch is taken when no more than this many messages are still being processed.</summary>
    public int NewBatchThreshold { get; init; } = 8;

    /// <summary>True: message text is base64 of the body; false: it is the body.</summary>
    public bool Base64 { get; init; } = true;
}
