using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Creates, changes, approves, deletes and shows upstream servers. A key is in the vault before a server points at it, and a server has stopped pointing at it before it leaves the vault: a crash in between costs at most
/// a secret that nobody uses.
/// </summary>
public sealed partial class McpServerCatalog(McpServerStore store, McpServerReader reader, UpstreamTools tools, ISecretVault vault, SecretCache secrets, TimeProvider time, ILogger<McpServerCatalog> logger)
{
    /// <exception cref="GatewayException">400 for a bad field, 409 when the name is taken; why the server gave no tools, where they are to be approved.</exception>
    public async Task<McpServerDocument> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var draft = reader.Read(body);
        if (await store.FindAsync(draft.Server.Name, cancellationToken).ConfigureAwait(false) is not null) throw McpServerStore.Taken();
        var writer = new McpCredentialWriter(vault, secrets);
        try
        {
            var now = time.GetUtcNow();
            var server = draft.Server with { Credential = await writer.EnsureAsync(draft, null, cancellationToken).ConfigureAwait(false), CreatedAt = now, ChangedAt = now };
            if (draft.ApproveAll) server = ToolApproval.Apply(server, McpApprovalRequest.Everything, await AskAsync(server, cancellationToken).ConfigureAwait(false), now);
            var written = await store.AddAsync(server, cancellationToken).ConfigureAwait(false);
            LogWritten(logger, written.Name);
            return written;
        }
        catch (GatewayException)
        {
            // Only what is refused for certain is undone: after any other failure the write may have gone through.
            await writer.UndoAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Applies a JSON merge patch; patches that meet are applied one after the other.</summary>
    /// <param name="expected">Tags of the states that the caller takes it to be in; null for any.</param>
    /// <returns>The state before and after.</returns>
    public async Task<(McpServerDocument Before, McpServerDocument After)> PatchAsync(string name, JsonElement patch, IReadOnlySet<string>? expected, CancellationToken cancellationToken)
    {
        var writer = new McpCredentialWriter(vault, secrets);
        McpServerDocument before = null!;
        McpServerDocument after;
        try
        {
            after = await store.UpdateAsync(
                name,
                async current =>
                {
                    before = current;
                    CheckExpected(current, expected);
                    var draft = reader.Read(McpServerPatch.Apply(current, patch));
                    var credential = await writer.EnsureAsync(draft, current, cancellationToken).ConfigureAwait(false);
                    return draft.Server with { Credential = credential, Approved = current.Approved, CreatedAt = current.CreatedAt, ChangedAt = time.GetUtcNow() };
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (GatewayException)
        {
            await writer.UndoAsync().ConfigureAwait(false);
            throw;
        }

        if (before.Credential?.Secret.Name != after.Credential?.Secret.Name) await ForgetAsync(before).ConfigureAwait(false);
        LogWritten(logger, name);
        return (before, after);
    }

    /// <summary>Approves tools as the server has them now.</summary>
    /// <exception cref="GatewayException">The server gave no tools; 404, 409 or 400 for one that cannot be approved.</exception>
    public async Task<(McpServerDocument Before, McpServerDocument After)> ApproveAsync(string name, McpApprovalRequest request, IReadOnlySet<string>? expected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var asked = await GetAsync(name, cancellationToken).ConfigureAwait(false);
        // Approval is taken without asking a server that may be gone.
        var there = request is { All: false, Tools.Count: 0 } ? [] : await AskAsync(asked, cancellationToken).ConfigureAwait(false);
        McpServerDocument before = null!;
        var after = await store.UpdateAsync(
            name,
            current =>
            {
                before = current;
                CheckExpected(current, expected);
                if (current.ConnectionKey != asked.ConnectionKey) throw Mismatch();
                var now = time.GetUtcNow();
                return Task.FromResult(ToolApproval.Apply(current, request, there, now) with { ChangedAt = now });
            },
            cancellationToken).ConfigureAwait(false);
        LogApproved(logger, name, after.Approved.Count);
        return (before, after);
    }

    /// <returns>The state that is gone.</returns>
    public async Task<McpServerDocument> DeleteAsync(string name, IReadOnlySet<string>? expected, CancellationToken cancellationToken)
    {
        var gone = await store.DeleteAsync(name, current => CheckExpected(current, expected), cancellationToken).ConfigureAwait(false);
        await ForgetAsync(gone).ConfigureAwait(false);
        LogDeleted(logger, name);
        return gone;
    }

    /// <exception cref="GatewayException">404 when there is none.</exception>
    public async Task<McpServerDocument> GetAsync(string name, CancellationToken cancellationToken) => await store.FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw McpServerStore.Unknown();

    /// <summary>At most <paramref name="size"/> servers that the caller may use or oversees, in the order of their names, and the name to go on behind; null at the end.</summary>
    public async Task<(IReadOnlyList<McpServerDocument> Servers, string? Next)> PageAsync(Caller caller, string? after, int size, CancellationToken cancellationToken)
    {
        var found = (await store.ListAsync(cancellationToken).ConfigureAwait(false)).Where(server => IsShown(server, caller) && (after is null || string.CompareOrdinal(server.Name, after) > 0)).Take(size + 1).ToList();
        return found.Count > size ? (found[..size], found[size - 1].Name) : (found, null);
    }

    /// <summary>Whether a caller may know of a server.</summary>
    public static bool IsShown(McpServerDocument server, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(caller);
        return caller.IsOperator || caller.IsReader || (server.Enabled && server.IsFor(caller));
    }

    private static void CheckExpected(McpServerDocument current, IReadOnlySet<string>? expected)
    {
        if (expected?.Contains(current.WriteId) == false) throw Mismatch();
    }

    private static GatewayException Mismatch() =>
        new(StatusCodes.Status412PreconditionFailed, new ErrorDetail("version_mismatch", "The MCP server has been changed since: look at it again.", "invalid_request_error", "if-match"));

    private async Task<IReadOnlyList<ToolDefinition>> AskAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        var listed = await tools.FreshAsync(server, cancellationToken).ConfigureAwait(false);
        return listed.Tools ?? throw listed.Failure!;
    }

    private async Task ForgetAsync(McpServerDocument former)
    {
        if (former.Credential is { Secret: var secret } && !await secrets.TryDropAsync(secret).ConfigureAwait(false)) LogLeft(logger, secret.Name);
    }

    [LoggerMessage(1511, LogLevel.Information, "MCP server {Server} is written.")]
    private static partial void LogWritten(ILogger logger, string server);

    [LoggerMessage(1512, LogLevel.Information, "MCP server {Server} has {Count} approved tools.")]
    private static partial void LogApproved(ILogger logger, string server, int count);

    [LoggerMessage(1513, LogLevel.Information, "MCP server {Server} is deleted.")]
    private static partial void LogDeleted(ILogger logger, string server);

    [LoggerMessage(1514, LogLevel.Warning, "The secret {Secret} is used no more and could not be deleted.")]
    private static partial void LogLeft(ILogger logger, string secret);
}
