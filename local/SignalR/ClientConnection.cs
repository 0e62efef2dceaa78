using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Serverless.Local.SignalR;

/// <summary>One client. Messages wait in its own queue, so that a slow client holds up neither its neighbours nor the sender.</summary>
internal sealed class ClientConnection
{
    private const int MaxWaiting = 10_000;

    private readonly HubConnectionContext _connection;
    private readonly Channel<HubMessage> _outbox = Channel.CreateBounded<HubMessage>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    public ClientConnection(HubConnectionContext connection, string hub, string? userId)
    {
        _connection = connection;
        Hub = hub;
        UserId = userId;
        _ = PumpAsync();
    }

    public string Id => _connection.ConnectionId;

    public string Hub { get; }

    public string? UserId { get; }

    /// <summary>Groups, and until when the connection is in each.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Queues a message; a client that lets too many wait is cut off, as the service does.</summary>
    public void Send(HubMessage message)
    {
        if (!_outbox.Writer.TryWrite(message))
            _connection.Abort();
    }

    /// <summary>Tells the client why and closes, after what is queued.</summary>
    public void Close(string? reason)
    {
        Send(new CloseMessage(reason, allowReconnect: false));
        _outbox.Writer.TryComplete();
    }

    /// <summary>The connection has ended.</summary>
    public void Ended() => _outbox.Writer.TryComplete();

    private async Task PumpAsync()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync(_connection.ConnectionAborted))
            {
                await _connection.WriteAsync(message);
                if (message is CloseMessage)
                    _connection.Abort();
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone; what waited is lost, as with the service.
        }
    }
}
