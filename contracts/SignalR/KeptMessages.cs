namespace Serverless.Contracts.SignalR;

/// <summary>A stream's latest messages, for a receiver that lost its connection: in memory, and no more of them than two bounds allow. Not thread-safe.</summary>
/// <param name="mostMessages">At least 1.</param>
/// <param name="mostBytes">Of all of them as they are written; the latest is kept whatever it takes.</param>
public sealed class KeptMessages(int mostMessages, int mostBytes)
{
    private readonly Queue<KeptMessage> _messages = new();
    private long _bytes;

    /// <summary>The number that the next message has; those from <see cref="First"/> on are kept.</summary>
    public long Next { get; private set; }

    /// <summary>The number of the first message that is kept.</summary>
    public long First => Next - _messages.Count;

    /// <summary>Keeps the next message; one that is sent again changes nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A message between is missing.</exception>
    public void Add(KeptMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Seq, Next);
        if (message.Seq < Next) return;
        _messages.Enqueue(message);
        _bytes += message.Bytes;
        Next++;
        while (_messages.Count > mostMessages || (_bytes > mostBytes && _messages.Count > 1)) _bytes -= _messages.Dequeue().Bytes;
    }

    /// <summary>The messages from a number on that have been sent; null where some of them are no longer kept, or the number is beyond the next one's.</summary>
    public IReadOnlyList<KeptMessage>? From(long seq) => seq < First || seq > Next ? null : [.. _messages.Skip((int)(seq - First))];
}
