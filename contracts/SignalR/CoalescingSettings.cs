namespace Serverless.Contracts.SignalR;

/// <summary>How a stream's text is gathered into messages. The service bills each 2 KB, and each message is a round trip.</summary>
public sealed record CoalescingSettings
{
    /// <summary>A message goes out this long after the one before it, or once <see cref="MessageBytes"/> are waiting.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>UTF-8 bytes of text that do not wait for the interval.</summary>
    public int MessageBytes { get; init; } = 1536;

    /// <summary>Characters in one message at most, when a slow service has let text pile up.</summary>
    public int MaxMessageChars { get; init; } = 16_384;

    /// <summary>Characters waiting at most; a stream that falls further behind ends with an error.</summary>
    public int MaxPendingChars { get; init; } = 1_048_576;

    /// <summary>Attempts for one message.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Before the second attempt; doubles from there, unless the service asks for another time.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
