namespace Serverless.Local.Durable;

/// <summary>Where the durable engine keeps its state and how much of it runs at once.</summary>
public sealed record DurableOptions
{
    /// <summary>Path of the SQLite file; it and its folder are created when absent. One process at a time may open it.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>Activities that run at the same time; at least 1.</summary>
    public int MaxConcurrentActivities { get; init; } = 8;

    /// <summary>Orchestrations that are replayed at the same time; at least 1.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 8;
}
