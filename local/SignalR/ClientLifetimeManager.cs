using Microsoft.AspNetCore.SignalR;

namespace Serverless.Local.SignalR;

/// <summary>Tells the registry of clients that come and go.</summary>
internal sealed class ClientLifetimeManager(ClientRegistry registry, ILogger<DefaultHubLifetimeManager<ServerlessHub>> logger) : DefaultHubLifetimeManager<ServerlessHub>(logger)
{
    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        await base.OnConnectedAsync(connection);
        var hub = ClientAccess.HubOf(connection.GetHttpContext()!.Request);
        registry.Add(new ClientConnection(connection, hub, connection.UserIdentifier));
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        registry.Remove(connection.ConnectionId);
        return base.OnDisconnectedAsync(connection);
    }
}
