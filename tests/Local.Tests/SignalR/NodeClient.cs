using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Local.Tests.Support;
using Serverless.Contracts.SignalR;

namespace Local.Tests.SignalR;

/// <summary>@microsoft/signalr in a Node process of its own.</summary>
internal sealed class NodeClient : IAsyncDisposable
{
    private readonly Process _process;

    private NodeClient(Process process) => _process = process;

    public string ConnectionId { get; private set; } = "";

    /// <summary>Starts a client; its first word, connected or failed, has been read.</summary>
    public static async Task<(NodeClient Client, JsonNode First)> StartAsync(SignalRClientAccess access)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(RepositoryRoot.Path, "tests", "Local.Tests", "SignalR", "client.mjs"), access.Url, access.AccessToken])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var client = new NodeClient(Process.Start(start)!);
        var first = await client.ReadAsync();
        client.ConnectionId = first["connected"]?.GetValue<string>() ?? "";
        return (client, first);
    }

    public static async Task<NodeClient> ConnectAsync(SignalRClientAccess access)
    {
        var (client, first) = await StartAsync(access);
        Assert.True(client.ConnectionId.Length > 0, first.ToJsonString());
        return client;
    }

    /// <summary>The next thing the client says.</summary>
    public async Task<JsonNode> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return JsonNode.Parse(await _process.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("The client has ended."))!;
    }

    public Task CommandAsync(object command) => _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
