namespace Serverless.Contracts.SignalR;

/// <summary>A stream to one connection, or to all connections of a user.</summary>
/// <param name="connectionId">Null: all of the user's.</param>
public sealed class SignalRStreamChannel(SignalRServiceClient client, string hub, string userId, string? connectionId) : IStreamChannel
{
    public Task SendAsync(string target, object argument, CancellationToken cancellationToken) => connectionId is null
        ? client.SendToUserAsync(hub, userId, target, argument, cancellationToken)
        : client.SendToConnectionAsync(hub, connectionId, target, argument, cancellationToken);
}
