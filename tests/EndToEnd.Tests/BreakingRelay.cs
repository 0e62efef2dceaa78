using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Serverless.EndToEnd.Tests;

/// <summary>Stands between a client and SignalR, and breaks the first connection that has brought a given text, behind it.</summary>
internal sealed class BreakingRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _text;
    private int _broken;

    public BreakingRelay(string breaksBehind)
    {
        _text = Encoding.UTF8.GetBytes(breaksBehind);
        _listener.Start();
        Handler = new Negotiations(this);
        _ = AcceptAsync();
    }

    /// <summary>Sends whoever negotiates to the relay.</summary>
    public HttpMessageHandler Handler { get; }

    /// <summary>Connections that were broken.</summary>
    public int Broken => Volatile.Read(ref _broken);

    private Uri? Target { get; set; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = RelayAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(Target!.Host, Target.Port);
            var (here, there) = (near.GetStream(), far.GetStream());
            await Task.WhenAny(ForthAsync(here, there), BackAsync(there, here));
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            // One of the two has gone.
        }
    }

    /// <summary>A token is for one address: requests are told to go to that.</summary>
    private async Task ForthAsync(NetworkStream here, NetworkStream there)
    {
        var buffer = new byte[16 * 1024];
        while (await here.ReadAsync(buffer) is > 0 and var read)
            await there.WriteAsync(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(buffer, 0, read).Replace($"Host: {_listener.LocalEndpoint}", $"Host: {Target!.Authority}", StringComparison.Ordinal)));
    }

    private async Task BackAsync(NetworkStream there, NetworkStream here)
    {
        var buffer = new byte[4096];
        while (await there.ReadAsync(buffer) is > 0 and var read)
        {
            await here.WriteAsync(buffer.AsMemory(0, read));
            if (buffer.AsSpan(0, read).IndexOf(_text) >= 0 && Interlocked.CompareExchange(ref _broken, 1, 0) == 0) return;
        }
    }

    private sealed class Negotiations(BreakingRelay relay) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!request.RequestUri!.AbsolutePath.EndsWith("/signalr/negotiate", StringComparison.Ordinal)) return response;
            var access = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
            relay.Target = new Uri(access["url"]!.GetValue<string>());
            access["url"] = new UriBuilder(relay.Target) { Host = "127.0.0.1", Port = ((IPEndPoint)relay._listener.LocalEndpoint).Port }.Uri.AbsoluteUri;
            response.Content = new StringContent(access.ToJsonString(), Encoding.UTF8, "application/json");
            return response;
        }
    }
}
