using System.Text.Json;

namespace Serverless.Contracts.SignalR;

/// <summary>
/// A stream's way to one connection, or to all connections of a user, which another connection of the same user can take over: it gets what it missed, and what follows. A message is kept
/// before it is sent, so that none falls between; one that is on its way meanwhile may come twice, with the same number. Thread-safe.
/// </summary>
/// <param name="connectionId">Null: all of the user's.</param>
public sealed class ResumableChannel(SignalRServiceClient client, string hub, string userId, string? connectionId, KeptMessages kept) : IStreamChannel
{
    private const int AtOnce = 8;

    private readonly Lock _lock = new();
    private string? _connectionId = connectionId;

    public Task SendAsync(string target, object argument, CancellationToken cancellationToken)
    {
        var message = argument is ISequenced sequenced ? new KeptMessage(sequenced.Seq, target, argument, JsonSerializer.SerializeToUtf8Bytes(argument, WireJson.Options).Length) : null;
        string? connection;
        lock (_lock)
        {
            if (message is not null) kept.Add(message);
            connection = _connectionId;
        }

        return SendAsync(connection, target, argument, cancellationToken);
    }

    /// <summary>Sends the messages from a number on to a connection, to which all later ones go too.</summary>
    /// <param name="next">The number of the first message that the receiver does not have.</param>
    /// <param name="connection">The same user's; null: all that the user has.</param>
    /// <returns>Null where that was done; otherwise the numbers from which on, and up to which, the stream can be taken over, and nothing has changed.</returns>
    /// <exception cref="SignalRRequestException">The service did not take them; later messages go to the connection nonetheless, and the same can be asked again.</exception>
    public async Task<(long First, long Next)?> ResumeAsync(long next, string? connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<KeptMessage>? missed;
        lock (_lock)
        {
            missed = kept.From(next);
            if (missed is null) return (kept.First, kept.Next);
            _connectionId = connection;
        }

        // The receiver puts them in their order.
        await Parallel.ForEachAsync(missed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (message, stop) => await SendAsync(connection, message.Target, message.Argument, stop));
        return null;
    }

    /// <summary>Sends a connection, and it alone, what is no message of the stream.</summary>
    /// <exception cref="SignalRRequestException">Refused or not reached.</exception>
    public Task TellAsync(string? connection, string target, object argument, CancellationToken cancellationToken) => SendAsync(connection, target, argument, cancellationToken);

    private Task SendAsync(string? connection, string target, object argument, CancellationToken cancellationToken) => connection is null
        ? client.SendToUserAsync(hub, userId, target, argument, cancellationToken)
        : client.SendToConnectionAsync(hub, connection, target, argument, cancellationToken);
}
