using System.Collections.Concurrent;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// What upstream servers have, asked once for all who wait and kept for <c>Gateway:McpToolsSeconds</c>; that one did not answer is kept too, for less. A list that is asked for shortly before its end is read anew on the
/// side.
/// </summary>
public sealed class UpstreamTools(McpUpstreams upstreams, GatewayOptions options, TimeProvider time)
{
    /// <summary>How long a list of tools waits for a server.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>How long a server that a list waited for in vain is not waited for again.</summary>
    public static readonly TimeSpan Impatience = TimeSpan.FromSeconds(30);

    /// <summary>How old the last list may be by which a tool is called while the server gives none.</summary>
    public static readonly TimeSpan Trusted = TimeSpan.FromMinutes(5);

    private const int MaxKept = 1000;

    private static readonly TimeSpan FailureKept = TimeSpan.FromSeconds(10);

    private readonly ExpiringCache<ListedTools> _lists = new(time);
    private readonly ConcurrentDictionary<string, (ListedTools Listed, TimeSpan At)> _last = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TimeSpan> _slow = new(StringComparer.Ordinal);

    /// <summary>What the server says, or said a moment ago.</summary>
    public async ValueTask<ListedTools> GetAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        return (await _lists.GetAsync(server.ConnectionKey, async stop => await LoadAsync(server, stop).ConfigureAwait(false), cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>The last list of a server that is waited for no longer than <see cref="Patience"/>.</summary>
    /// <returns>Null where there is none yet.</returns>
    public async ValueTask<IReadOnlyList<ToolDefinition>?> SoonAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var key = server.ConnectionKey;
        // What is not waited for is read on, for who asks next.
        var asked = GetAsync(server, cancellationToken).AsTask();
        try
        {
            var isWaited = !_slow.TryGetValue(key, out var until) || time.GetSteadyNow() >= until;
            if ((asked.IsCompleted || isWaited) && await asked.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false) is { Tools: { } tools }) return tools;
        }
        catch (TimeoutException)
        {
            if (_slow.Count > MaxKept) _slow.Clear();
            _slow[key] = time.GetSteadyNow() + Impatience;
        }

        return _last.GetValueOrDefault(key).Listed?.Tools;
    }

    /// <summary>What the server says now.</summary>
    public ValueTask<ListedTools> FreshAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        _lists.Remove(server.ConnectionKey);
        return GetAsync(server, cancellationToken);
    }

    /// <summary>The list by which a tool may be called.</summary>
    /// <exception cref="Dispatch.GatewayException">There is none, and why: what cannot be held against what was approved is not called.</exception>
    public async ValueTask<IReadOnlyList<ToolDefinition>> TrustedAsync(McpServerDocument server, CancellationToken cancellationToken)
    {
        var listed = await GetAsync(server, cancellationToken).ConfigureAwait(false);
        if (listed.Tools is { } tools) return tools;
        return _last.GetValueOrDefault(server.ConnectionKey) is { Listed.Tools: { } last } known && time.GetSteadyNow() - known.At < Trusted ? last : throw listed.Failure!;
    }

    private async Task<(ListedTools?, TimeSpan)> LoadAsync(McpServerDocument server, CancellationToken stop)
    {
        var listed = await upstreams.ListAsync(server, stop).ConfigureAwait(false);
        if (listed.Tools is null) return (listed, FailureKept < options.McpTools ? FailureKept : options.McpTools);
        if (_last.Count > MaxKept) _last.Clear();
        _last[server.ConnectionKey] = (listed, time.GetSteadyNow());
        _slow.TryRemove(server.ConnectionKey, out _);
        return (listed, options.McpTools);
    }
}
