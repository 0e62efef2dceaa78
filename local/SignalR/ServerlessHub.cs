using Microsoft.AspNetCore.SignalR;

namespace Serverless.Local.SignalR;

/// <summary>What clients connect to. In serverless mode messages go from the service to its clients only.</summary>
internal sealed class ServerlessHub : Hub
{
    /// <summary>What a client's invocation is answered.</summary>
    public const string Refusal = "(none: the service is in serverless mode, and clients cannot invoke server methods; call the app's HTTP API instead)";
}
