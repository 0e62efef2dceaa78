namespace Serverless.Local.SignalR;

/// <summary>How a SignalR emulator is set up.</summary>
public sealed record SignalREmulatorOptions
{
    /// <summary>What tokens are signed with: 32 characters or more.</summary>
    public required string AccessKey { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"SignalR emulator on port {Port}";
}
