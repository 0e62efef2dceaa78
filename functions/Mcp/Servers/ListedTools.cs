using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>What a server said when it was asked for its tools.</summary>
/// <param name="Tools">Null where it gave none.</param>
/// <param name="Failure">Why it gave none; null where it did.</param>
/// <param name="ProtocolVersion">Of the protocol, as agreed upon; null where it did not come to that.</param>
public sealed record ListedTools(IReadOnlyList<ToolDefinition>? Tools, GatewayException? Failure, DateTimeOffset At, string? ProtocolVersion)
{
    public override string ToString() => Failure?.Error.Code ?? $"[{Tools?.Count} tools]";
}
