using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Asks upstream servers, each within its own bounds: so many calls at once, so much time, so many bytes. One that is not to be had is left alone for a while, and none waits for another.
/// </summary>
public sealed class McpUpstreams(UpstreamSessions sessions, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Tools that a server may have.</summary>
    public const int MaxTools = 500;

    private const int MaxPages = 50;
    private const int MaxListBytes = 4 * 1024 * 1024;
    private const int MaxKnown = 1000;

    private static readonly TimeSpan LongestList = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Upstream> _known = new(StringComparer.Ordinal);

    /// <summary>The tools that a server has now; a failure is told and not thrown.</summary>
    public async Task<ListedTools> ListAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        try
        {
            var most = server.Timeout < LongestList ? server.Timeout : LongestList;
            var (tools, version) = await RunAsync(server, Caller.System, "tools/list", MaxListBytes, most, (client, stop) => ListAsync(server, client, stop), cancellationToken).ConfigureAwait(false);
            return new ListedTools(tools, null, time.GetUtcNow(), version);
        }
        catch (GatewayException failure)
        {
            var told = failure.Error.Code == "upstream_refused" ? UpstreamFaults.NotMcp(server) : failure;
            return new ListedTools(null, told, time.GetUtcNow(), null);
        }
    }

    /// <summary>Calls a tool with a caller's arguments and this gateway's credential.</summary>
    /// <exception cref="GatewayException">The server could not be asked, refused, or did not answer as it should.</exception>
    public async Task<CallToolResult> CallAsync(
        McpServerDocument server, ToolDefinition tool, JsonElement arguments, Caller caller, IProgress<ProgressNotificationValue>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(tool);
        var slots = Of(server).Calls;
        if (!await slots.WaitAsync(0, cancellationToken).ConfigureAwait(false)) throw UpstreamFaults.Busy(server);
        try
        {
            var given = arguments.EnumerateObject().DistinctBy(argument => argument.Name).ToDictionary(argument => argument.Name, argument => argument.Value);
            return await RunAsync(
                server,
                caller,
                "tools/call",
                server.MaxResultBytes,
                server.Timeout,
                (client, stop) =>
                {
                    // Some arguments are told in headers too, which the SDK does for tools that it knows.
                    if (tool.Json.GetRawText().Contains("x-mcp-header", StringComparison.Ordinal)) client.AddKnownTools([tool.Offered(tool.Name)]);
                    return CallAsync(client, new CallToolRequestParams { Name = tool.Name, Arguments = given }, progress, stop);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>As the client's own method, by other options of the serializer: with its own, results whose blocks are annotated cannot be read (2.4.0).</summary>
    private static async Task<CallToolResult> CallAsync(McpClient client, CallToolRequestParams call, IProgress<ProgressNotificationValue>? progress, CancellationToken stop)
    {
        if (progress is null) return await client.SendRequestAsync<CallToolRequestParams, CallToolResult>(RequestMethods.ToolsCall, call, cancellationToken: stop).ConfigureAwait(false);
        var token = new ProgressToken(Guid.NewGuid().ToString("N"));
        call.Meta = new JsonObject { ["progressToken"] = token.ToString() };
        await using var hearing = client.RegisterNotificationHandler(
            NotificationMethods.ProgressNotification,
            (notification, _) =>
            {
                if (notification.Params.Deserialize<ProgressNotificationParams>(McpJsonUtilities.DefaultOptions) is { } told && told.ProgressToken == token) progress.Report(told.Progress);
                return default;
            }).ConfigureAwait(false);
        return await client.SendRequestAsync<CallToolRequestParams, CallToolResult>(RequestMethods.ToolsCall, call, cancellationToken: stop).ConfigureAwait(false);
    }

    private static async Task<(IReadOnlyList<ToolDefinition> Tools, string? Version)> ListAsync(McpServerDocument server, McpClient client, CancellationToken stop)
    {
        var tools = new List<ToolDefinition>();
        if (client.ServerCapabilities.Tools is null) return (tools, client.NegotiatedProtocolVersion);
        string? cursor = null;
        for (var page = 0; page == 0 || cursor is not null; page++)
        {
            var listed = await client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, stop).ConfigureAwait(false);
            tools.AddRange(listed.Tools.Select(ToolDefinition.Of));
            if (tools.Count > MaxTools || page == MaxPages) throw UpstreamFaults.TooManyTools(server, MaxTools);
            cursor = listed.NextCursor;
        }

        return (tools, client.NegotiatedProtocolVersion);
    }

    private Upstream Of(McpServerDocument server)
    {
        if (_known.Count > MaxKnown) _known.Clear();
        return _known.GetOrAdd($"{server.ConnectionKey} {server.MaxConcurrency}", _ => new Upstream(new SemaphoreSlim(server.MaxConcurrency, server.MaxConcurrency), new UpstreamBreaker()));
    }

    private async Task<T> RunAsync<T>(McpServerDocument server, Caller caller, string method, int mostBytes, TimeSpan mostTime, Func<McpClient, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        var breaker = Of(server).Breaker;
        if (!breaker.TryEnter(time.GetSteadyNow(), out var wait)) throw UpstreamFaults.Open(server, wait);
        var exchange = new UpstreamExchange(mostBytes);
        var began = time.GetTimestamp();
        string? error = "failed";
        var isOutage = (bool?)null;
        using var waiting = RequestTiming.Upstream();
        using var limit = new CancellationTokenSource(mostTime, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var result = await sessions.UseAsync(server, caller.Subject, exchange, use, linked.Token).ConfigureAwait(false);
            (error, isOutage) = (null, false);
            return result;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            error = "client_disconnected";
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception failure)
        {
            var told = failure as GatewayException ?? UpstreamFaults.Of(server, exchange, failure);
            // One tool may be slow; a list is not.
            (error, isOutage) = (told.Error.Code, UpstreamFaults.IsOutage(told) || (told.Error.Code == "upstream_timeout" && method == "tools/list"));
            throw told;
        }
        finally
        {
            if (isOutage is null) breaker.Left();
            else if (isOutage.Value) breaker.Failed(time.GetSteadyNow());
            else breaker.Succeeded();
            metrics.RecordUpstreamTool(method, server.Name, time.GetElapsedTime(began), GatewayMetrics.ErrorType(error));
        }
    }

    private sealed record Upstream(SemaphoreSlim Calls, UpstreamBreaker Breaker);
}
