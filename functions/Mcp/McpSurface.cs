using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Mcp;

/// <summary>What a caller finds at the MCP endpoint: tools and documents that it may use, and none that it may not.</summary>
public sealed partial class McpSurface(McpTools tools, DocumentResources documents, GatewayOptions gateway, GatewayMetrics metrics, TimeProvider time, ILogger<McpSurface> logger)
{
    /// <summary>Makes the server of one request its caller's.</summary>
    public void Configure(McpServerOptions options, HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(http);
        var request = http.Request;
        var caller = request.Caller();
        // What another instance changes may go unseen for as long anyway.
        var fresh = gateway.RouteCache;
        options.Handlers.ListToolsHandler = async (context, stop) =>
        {
            var (page, next) = await RunAsync(() => tools.ListAsync(caller, context.Params?.Cursor, stop), stop).ConfigureAwait(false);
            return new ListToolsResult { Tools = [.. page], NextCursor = next, TimeToLive = fresh, CacheScope = CacheScope.Private };
        };
        options.Handlers.CallToolHandler = async (context, stop) =>
        {
            var call = new ToolCallContext(caller, request, ToolArguments.Of(context.Params?.Arguments), Progress(context), stop);
            return await CallAsync(context.Params?.Name ?? "", call).ConfigureAwait(false);
        };
        options.Handlers.ListResourcesHandler = (_, _) => ValueTask.FromResult(new ListResourcesResult { TimeToLive = fresh, CacheScope = CacheScope.Private });
        options.Handlers.ListResourceTemplatesHandler = (_, _) => ValueTask.FromResult(DocumentResources.Templates(fresh));
        options.Handlers.ReadResourceHandler = async (context, stop) => await RunAsync(() => documents.ReadAsync(context.Params?.Uri ?? "", caller, fresh, stop), stop).ConfigureAwait(false);
    }

    /// <summary>Tells how far a call is, to who asked for that.</summary>
    private static Func<ProgressNotificationValue, CancellationToken, Task>? Progress(RequestContext<CallToolRequestParams> context) => context.Params?.ProgressToken is not { } token
        ? null
        : (value, stop) => context.Server.NotifyProgressAsync(token, value, cancellationToken: stop);

    private async Task<CallToolResult> CallAsync(string name, ToolCallContext call)
    {
        var tool = await RunAsync(() => tools.FindAsync(name, call.Caller, call.Stop), call.Stop).ConfigureAwait(false)
            ?? throw new McpProtocolException("There is no tool of that name; 'tools/list' tells which there are.", McpErrorCode.InvalidParams);
        using var span = new ToolSpan(metrics, time, name, tool.Kind);
        try
        {
            var result = await tool.CallAsync(call).ConfigureAwait(false);
            span.Ended(null);
            return result;
        }
        catch (OperationCanceledException) when (call.Stop.IsCancellationRequested)
        {
            span.Ended("client_disconnected");
            throw;
        }
        catch (Exception failure)
        {
            var (status, error, wait) = Told(failure);
            span.Ended(status < 500 ? "tool_error" : error.Code);
            return ToolResults.Refused(error, wait);
        }
    }

    /// <summary>What has no result to tell an error in fails as JSON-RPC says.</summary>
    private async Task<T> RunAsync<T>(Func<Task<T>> run, CancellationToken stop)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not (McpException or OperationCanceledException) || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            var (status, error, _) = Told(failure);
            throw new McpProtocolException(error.Message, status < 500 ? McpErrorCode.InvalidParams : McpErrorCode.InternalError);
        }
    }

    private (int Status, Contracts.ErrorDetail Error, TimeSpan? RetryAfter) Told(Exception failure)
    {
        var told = HttpMiddleware.Describe(failure);
        if (told.Status >= 500 && failure is not GatewayException) LogFailure(logger, HttpMiddleware.NameOf(failure), failure.StackTrace);
        else if (told.Status >= 500) LogFault(logger, told.Status, told.Error.Code);
        return told;
    }

    // The message of a foreign exception may quote what it choked on, so only its type and place are written.
    [LoggerMessage(1501, LogLevel.Error, "An MCP request failed with {ExceptionType}.\n{Stack}")]
    private static partial void LogFailure(ILogger logger, string exceptionType, string? stack);

    [LoggerMessage(1502, LogLevel.Warning, "An MCP request was answered with {Status} ({Code}).")]
    private static partial void LogFault(ILogger logger, int status, string code);
}
