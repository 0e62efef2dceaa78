using System.Net;
using System.Net.Sockets;
using Local.Tests.Support;
using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class StablePortsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Claim_AfterARestart_IsTheSamePort()
    {
        var chosen = await Open().ClaimAsync("blob", CancellationToken.None);

        Assert.Equal(chosen, await Open().ClaimAsync("blob", CancellationToken.None));
        Assert.NotEqual(chosen, await Open().ClaimAsync("queue", CancellationToken.None));
    }

    [Fact]
    public async Task Claim_SideBySide_AreAllDifferent()
    {
        var ports = Open();

        var claimed = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => ports.ClaimAsync($"service-{i}", CancellationToken.None))));

        Assert.Equal(20, claimed.Distinct().Count());
        Assert.Equal(claimed, await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Open().ClaimAsync($"service-{i}", CancellationToken.None))));
    }

    [Fact]
    public async Task Claim_TakenByAnother_NamesPortServiceFileAndSetting()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await File.WriteAllTextAsync(_folder["ports.json"], $$"""{"search":{{port}}}""");

        var claim = Open().ClaimAsync("search", CancellationToken.None);
        while (!claim.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var failure = await Assert.ThrowsAsync<LocalException>(() => claim);
        Assert.Equal(
            $"Port {port} (search) is taken by another program. End that program, or set \"search\" to another port in {_folder["ports.json"]} (0 chooses a free one).",
            failure.Message);
    }

    [Fact]
    public async Task Claim_HeldForAMomentByAnEarlierRun_IsWaitedFor()
    {
        var earlier = new TcpListener(IPAddress.Loopback, 0);
        earlier.Start();
        var port = ((IPEndPoint)earlier.LocalEndpoint).Port;
        await File.WriteAllTextAsync(_folder["ports.json"], $$"""{"blob":{{port}}}""");

        var claim = Open().ClaimAsync("blob", CancellationToken.None);
        Assert.False(claim.IsCompleted);
        earlier.Dispose();
        while (!claim.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal(port, await claim);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("""{"blob":"x"}""")]
    [InlineData("""{"blob":70000}""")]
    [InlineData("null")]
    public void Open_DamagedFile_NamesItAndWhatToDo(string text)
    {
        File.WriteAllText(_folder["ports.json"], text);

        var failure = Assert.Throws<LocalException>(() => Open());

        Assert.Contains(_folder["ports.json"], failure.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", failure.Message, StringComparison.Ordinal);
    }

    private StablePorts Open() => StablePorts.Open(_folder["ports.json"], _time);
}
