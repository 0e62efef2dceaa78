using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>How long a session with a server is kept that nobody uses.</summary>
[Collection("gateway")]
public sealed class UpstreamSessionsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly MovedClock _time = new(DateTimeOffset.UtcNow);
    private ServersHost _host = null!;
    private UpstreamServer _upstream = null!;

    public async Task InitializeAsync()
    {
        _host = await ServersHost.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(_time));
        _upstream = await UpstreamServer.StartAsync();
        _upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("up", _upstream);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    /// <summary>Sessions that are old are let go of when another begins.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Session_ThatNobodyUses_IsKeptForItsTimeHoweverTheWallClockIsSet(int hours)
    {
        var keys = new List<string>();
        foreach (var name in (string[])["one", "two", "three"]) keys.Add(await _host.KeyAsync(new { name }));
        await CallAsync(keys[0]);
        _time.SetWall(TimeSpan.FromHours(hours));
        await CallAsync(keys[1]);
        var begun = Begun;
        await CallAsync(keys[0]);
        Assert.Equal(begun, Begun);
        _time.Advance(UpstreamSessions.Idle + TimeSpan.FromSeconds(1));
        await CallAsync(keys[2]);
        begun = Begun;
        await CallAsync(keys[0]);
        Assert.Equal(begun + 1, Begun);
    }

    private int Begun => _upstream.Count("initialize") + _upstream.Count("server/discover");

    private async Task CallAsync(string key) => Assert.Equal("yes", ServersHost.TextOf(await _host.CallAsync("up__echo", key: key)));
}
