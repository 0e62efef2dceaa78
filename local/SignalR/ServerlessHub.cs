using Microsoft.AspNetCore.SignalR;

namespace Serverless.Local.SignalR;

/// <summary>What clients connect to. In serverless mode messages go from the service to its clients only.</summary>
internal sealed class ServerlessHub : Hub
{
    public const string RefusingMethod = nameof(Refuse);

    /// <summary>Where <see cref="ServerToClientProtocol"/> sends every invocation.</summary>
    public void Refuse() =>
        throw new HubException("The service is in serverless mode: clients cannot invoke server methods. Call the app's HTTP API instead.");
}
