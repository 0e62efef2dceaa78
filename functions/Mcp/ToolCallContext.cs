using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Mcp;

/// <summary>One call of a tool.</summary>
/// <param name="Request">The HTTP request that it came by.</param>
/// <param name="Arguments">An object.</param>
/// <param name="Progress">Tells how far the call is: a number that rises; null where nobody asked for that.</param>
/// <param name="Stop">The client went away.</param>
public sealed record ToolCallContext(Caller Caller, HttpRequest Request, JsonElement Arguments, Func<ProgressNotificationValue, CancellationToken, Task>? Progress, CancellationToken Stop)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"for {Caller.ClientId}";
}
