using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>A gateway that asks for keys and may call this machine, with the SDK's own client before it.</summary>
internal sealed class ServersHost : IAsyncDisposable
{
    public const string Op = GatewayHost.OperatorKey;

    private ServersHost(GatewayHost gateway) => Gateway = gateway;

    public GatewayHost Gateway { get; }

    public static async Task<ServersHost> StartAsync(AzuriteFixture azurite, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, ServersHost? sharing = null)
    {
        var all = new Dictionary<string, string?>
        {
            ["Gateway:AnonymousAccess"] = "none",
            ["Gateway:OperatorKey"] = Op,
            ["Gateway:RouteCacheSeconds"] = "0",
            ["Gateway:ClientCheckSeconds"] = "0",
            ["Gateway:McpToolsSeconds"] = "0",
            ["Gateway:AllowedHosts"] = "127.0.0.1,*.example.com",
        };
        foreach (var (key, value) in settings ?? []) all[key] = value;
        return new ServersHost(await GatewayHost.StartAsync(azurite, all, services, sharing?.Gateway));
    }

    /// <summary>Registers a server, and approves what it has.</summary>
    public Task<JsonElement> AddAsync(string name, UpstreamServer upstream, object? besides = null) => AddAsync(name, upstream.Address, besides);

    public async Task<JsonElement> AddAsync(string name, Uri url, object? besides = null)
    {
        var body = new Dictionary<string, object?> { ["name"] = name, ["url"] = url.AbsoluteUri, ["approve"] = true };
        foreach (var property in JsonSerializer.SerializeToElement(besides ?? new { }).EnumerateObject()) body[property.Name] = property.Value;
        return await SendAsync(HttpMethod.Post, "/mcp-servers", body);
    }

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var answer = await Gateway.SendAsync(method, path, body, Op);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return answer.Json;
    }

    public async Task<string> KeyAsync(object client) => (await SendAsync(HttpMethod.Post, "/clients", client)).GetProperty("key").GetString()!;

    public Task<McpClient> ConnectAsync(string key = Op) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(Gateway.Http.BaseAddress!, "mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}", ["x-canary"] = "caller-header-canary" },
        }));

    /// <summary>Names of the upstream tools that a key finds.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string key = Op)
    {
        await using var client = await ConnectAsync(key);
        return [.. (await client.ListToolsAsync()).Select(tool => tool.Name).Where(name => name.Contains("__", StringComparison.Ordinal))];
    }

    public async Task<CallToolResult> CallAsync(string tool, object? arguments = null, string key = Op)
    {
        await using var client = await ConnectAsync(key);
        return await client.CallToolAsync(tool, JsonSerializer.SerializeToElement(arguments ?? new { }).EnumerateObject().ToDictionary(argument => argument.Name, argument => (object?)argument.Value));
    }

    /// <summary>What a tool's error says.</summary>
    public async Task<string> ErrorAsync(string tool, object? arguments = null, string key = Op)
    {
        var result = await CallAsync(tool, arguments, key);
        Assert.True(result.IsError, TextOf(result));
        return TextOf(result);
    }

    public static string TextOf(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    /// <summary>The tools of a server as its operator sees them: name at the server and state.</summary>
    public async Task<IReadOnlyList<string>> StatesAsync(string server) =>
        [.. (await SendAsync(HttpMethod.Get, $"/mcp-servers/{server}")).GetProperty("tools").EnumerateArray().Select(tool => $"{tool.GetProperty("tool").GetString()} {tool.GetProperty("state").GetString()}")];

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
