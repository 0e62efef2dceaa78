namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>A transfer as it is kept and shown.</summary>
public abstract record TransferRun
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    public required string Collection { get; init; }

    public TransferState State { get; init; } = TransferState.Running;

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What could not be moved; each is listed with its reason, and the rest is moved all the same.</summary>
    public int Failures { get; init; }

    /// <summary>Why the whole of it failed: a code, and what is at fault in words.</summary>
    public string? ErrorCode { get; init; }

    /// <inheritdoc cref="ErrorCode"/>
    public string? Error { get; init; }

    /// <summary>A method, since a property would be kept and shown.</summary>
    public abstract TransferKind Kind();
}
