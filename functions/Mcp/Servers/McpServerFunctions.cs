using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Auditing;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Upstream MCP servers over HTTP: operators change them, others see those that they may use.</summary>
public sealed class McpServerFunctions(McpServerCatalog servers, UpstreamTools tools, UsableTools usable)
{
    private const string Base = "mcp-servers";
    private const int PageSize = 100;

    [Function("CreateMcpServer")]
    public async Task<IActionResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base)] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var created = await servers.CreateAsync(await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
        return Changed(request, null, created, StatusCodes.Status201Created);
    }

    [Function("ListMcpServers")]
    public async Task<IActionResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base)] HttpRequest request)
    {
        var caller = request.Caller();
        var (page, next) = await servers.PageAsync(caller, PageToken.Read(request.Query["page_token"]), PageSize, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { mcp_servers = page.Select(server => McpServerView.Of(server, caller)).ToList(), next_page_token = next is null ? null : PageToken.Write(next) });
    }

    /// <summary>One server, asked for its tools now where the caller oversees it.</summary>
    [Function("GetMcpServer")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var server = await servers.GetAsync(request.Placeholder("name"), stop).ConfigureAwait(false);
        if (!McpServerCatalog.IsShown(server, caller)) throw McpServerStore.Unknown();
        var view = McpServerView.Of(server, caller);
        if (caller is { IsOperator: false, IsReader: false }) return new JsonAnswer(view with { Tools = await UsableAsync(server, caller, stop).ConfigureAwait(false) });
        var listed = await tools.FreshAsync(server, stop).ConfigureAwait(false);
        return new JsonAnswer(view with { Status = McpServerStatus.Of(listed), Tools = [.. ToolReview.Of(server, listed.Tools).Select(McpToolView.Of)] }) { ETag = server.WriteId };
    }

    [Function("UpdateMcpServer")]
    public async Task<IActionResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var patch = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        var (before, after) = await servers.PatchAsync(request.Placeholder("name"), patch, IfMatch.Tags(request), stop).ConfigureAwait(false);
        return Changed(request, before, after);
    }

    /// <summary>Approves tools as they are: <c>{tools: [{name, hash}]}</c> or <c>{all: true}</c>; <c>{revoke: [name]}</c> takes approval away.</summary>
    [Function("ApproveMcpServer")]
    public async Task<IActionResult> Approve([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/{name}/approve")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var asked = McpApprovalRequest.Read(await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false));
        var (before, after) = await servers.ApproveAsync(request.Placeholder("name"), asked, IfMatch.Tags(request), stop).ConfigureAwait(false);
        return Changed(request, before, after);
    }

    [Function("DeleteMcpServer")]
    public async Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        var gone = await servers.DeleteAsync(request.Placeholder("name"), IfMatch.Tags(request), request.HttpContext.RequestAborted).ConfigureAwait(false);
        request.Changed($"mcp-server/{gone.Name}", McpServerView.Audited(gone), null);
        return new JsonAnswer(new { });
    }

    private static JsonAnswer Changed(HttpRequest request, McpServerDocument? before, McpServerDocument after, int status = StatusCodes.Status200OK)
    {
        request.Changed($"mcp-server/{after.Name}", before is null ? null : McpServerView.Audited(before), McpServerView.Audited(after));
        return new JsonAnswer(McpServerView.Of(after, Caller.System), status) { ETag = after.WriteId };
    }

    /// <summary>What the caller may use of it, as <c>tools/list</c> says.</summary>
    private async Task<IReadOnlyList<McpToolView>> UsableAsync(McpServerDocument server, Caller caller, CancellationToken stop)
    {
        var found = await usable.OfAsync(server, caller, stop).ConfigureAwait(false);
        return [.. found.Select(tool => McpToolView.Of(tool) with { Hash = null, Changed = null, ApprovedDefinition = null })];
    }
}
