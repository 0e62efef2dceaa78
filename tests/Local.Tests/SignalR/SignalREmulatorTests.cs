using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.SignalR;
using Serverless.Local.SignalR;

namespace Local.Tests.SignalR;

public sealed class SignalREmulatorTests : IAsyncLifetime
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private const string Hub = "chat";

    private readonly SignalREmulator _emulator = new(new SignalREmulatorOptions { AccessKey = Key });
    private readonly HttpClient _http = new();
    private SignalRServiceClient _service = null!;

    public async Task InitializeAsync()
    {
        await _emulator.StartAsync(CancellationToken.None);
        _service = Service(Key);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _emulator.DisposeAsync();
    }

    [Fact]
    public async Task SendToUser_TwoUsers_OnlyThatUsersConnectionsReceive()
    {
        await using var mine = await ConnectAsync("a/b ü");
        await using var alsoMine = await ConnectAsync("a/b ü");
        await using var other = await ConnectAsync("other");
        await _service.SendToUserAsync(Hub, "a/b ü", "token", new StreamToken("s", 0, "für dich 😀"), CancellationToken.None);
        await _service.SendToUserAsync(Hub, "other", "done", new { last = true }, CancellationToken.None);
        foreach (var client in new[] { mine, alsoMine })
            Assert.Equal("für dich 😀", (await client.ReadAsync())["arguments"]![0]!["text"]!.GetValue<string>());
        Assert.Equal("done", (await other.ReadAsync())["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task Stream_ThroughTheCoalescingSender_ArrivesInOrderAndWhole()
    {
        await using var client = await ConnectAsync("u");
        var channel = new SignalRStreamChannel(_service, Hub, "u", client.ConnectionId);
        await using var sender = new CoalescingSender(channel, "s", TimeProvider.System, new CoalescingSettings { Interval = TimeSpan.FromMilliseconds(1) });
        _emulator.Faults.FailRequests(2, 503, TimeSpan.Zero);
        var words = Enumerable.Range(0, 500).Select(i => $"word{i} ").ToArray();
        foreach (var word in words)
        {
            Assert.True(sender.Append(word));
            await Task.Yield();
        }

        Assert.True(await sender.CompleteAsync("stop", new Usage(1, 500), null, CancellationToken.None));
        var text = new StringBuilder();
        for (var seq = 0; ; seq++)
        {
            var message = await client.ReadAsync();
            Assert.Equal(seq, message["arguments"]![0]!["seq"]!.GetValue<int>());
            if (message["target"]!.GetValue<string>() == "done")
                break;
            text.Append(message["arguments"]![0]!["text"]!.GetValue<string>());
        }

        Assert.Equal(string.Concat(words), text.ToString());
    }

    [Fact]
    public async Task Groups_ConnectionAndUser_ReceiveUntilRemoved()
    {
        await using var first = await ConnectAsync("u1");
        await using var second = await ConnectAsync("u2");
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Put, $"groups/g/connections/{first.ConnectionId}"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Put, "users/u2/groups/g"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Head, "users/u2/groups/g"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(HttpMethod.Put, "groups/g/connections/nobody"));
        await _service.SendToGroupAsync(Hub, "g", "token", new { n = 1 }, CancellationToken.None);
        Assert.Equal("1", (await first.ReadAsync())["arguments"]![0]!["n"]!.ToString());
        Assert.Equal("1", (await second.ReadAsync())["arguments"]![0]!["n"]!.ToString());

        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Delete, $"groups/g/connections/{first.ConnectionId}"));
        Assert.Equal(HttpStatusCode.NoContent, await CallAsync(HttpMethod.Delete, "users/u2/groups/g"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(HttpMethod.Head, "groups/g"));
        await _service.SendToGroupAsync(Hub, "g", "token", new { n = 2 }, CancellationToken.None);
        Assert.Equal(HttpStatusCode.Accepted, await CallAsync(HttpMethod.Post, $":send?excluded={second.ConnectionId}", """{"target":"done","arguments":[3]}"""));
        Assert.Equal("3", (await first.ReadAsync())["arguments"]![0]!.ToString());
    }

    [Fact]
    public async Task UserGroup_ClientThatConnectsLater_IsIn()
    {
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Put, "users/late/groups/g?ttl=600"));
        await using var client = await ConnectAsync("late");
        await _service.SendToGroupAsync(Hub, "g", "token", new { n = 1 }, CancellationToken.None);
        Assert.Equal("token", (await client.ReadAsync())["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task Hubs_SameUser_AreSeparate()
    {
        await using var client = await ConnectAsync("u");
        await _service.SendToUserAsync("elsewhere", "u", "token", new { n = 1 }, CancellationToken.None);
        await _service.SendToUserAsync("CHAT", "u", "token", new { n = 2 }, CancellationToken.None);
        Assert.Equal("2", (await client.ReadAsync())["arguments"]![0]!["n"]!.ToString());
    }

    [Fact]
    public async Task Existence_ConnectAndStop_FollowsTheClient()
    {
        Assert.False(await _service.UserExistsAsync(Hub, "u", CancellationToken.None));
        await using var client = await ConnectAsync("u");
        Assert.True(await _service.UserExistsAsync(Hub, "u", CancellationToken.None));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Head, $"connections/{client.ConnectionId}"));
        await client.CommandAsync(new { stop = true });
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await _service.UserExistsAsync(Hub, "u", deadline.Token))
            await Task.Delay(10, deadline.Token);
    }

    [Fact]
    public async Task CloseConnection_WithReason_TellsTheClient()
    {
        await using var client = await ConnectAsync("u");
        await _service.CloseConnectionAsync(Hub, client.ConnectionId, "signed out", CancellationToken.None);
        Assert.Contains("signed out", (await client.ReadAsync())["closed"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_ByAClient_IsRefusedAndTheConnectionLives()
    {
        await using var client = await ConnectAsync("u");
        foreach (var method in new[] { "anything", "Refuse" })
        {
            await client.CommandAsync(new { invoke = method });
            Assert.Contains("serverless mode", (await client.ReadAsync())["refused"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        await _service.SendToUserAsync(Hub, "u", "token", new { n = 1 }, CancellationToken.None);
        Assert.Equal("token", (await client.ReadAsync())["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task Connect_WrongKeyOrHub_IsUnauthorized()
    {
        var forged = await Service(Key.ToLowerInvariant()).CreateClientAccessAsync(Hub, "u", TimeSpan.FromMinutes(5), CancellationToken.None);
        var elsewhere = await _service.CreateClientAccessAsync("elsewhere", "u", TimeSpan.FromMinutes(5), CancellationToken.None);
        foreach (var access in new[] { forged, elsewhere with { Url = forged.Url } })
        {
            var (client, first) = await NodeClient.StartAsync(access);
            await using (client)
                Assert.Contains("401", first["failed"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DataPlane_BadTokens_AreUnauthorized()
    {
        var refused = await Assert.ThrowsAsync<SignalRRequestException>(() => Service(Key.ToLowerInvariant()).SendToUserAsync(Hub, "u", "token", new { }, CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(HttpMethod.Head, "users/u", audience: $"{_emulator.BaseAddress}api/hubs/{Hub}/users/other"));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(HttpMethod.Head, "users/u", lifetime: TimeSpan.FromMinutes(-1)));
        using var anonymous = await _http.GetAsync(new Uri(_emulator.BaseAddress, "/api/hubs/chat/users/u"));
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal("Unauthorized", anonymous.Headers.GetValues("x-ms-error-code").Single());
    }

    [Fact]
    public async Task DataPlane_AudienceWithQuery_IsAccepted() =>
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(HttpMethod.Head, "users/u", audience: $"{_emulator.BaseAddress}api/hubs/{Hub}/users/u?api-version=2022-06-01"));

    [Theory]
    [InlineData("""{"target":"t","arguments":"no array"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"arguments":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("no json", HttpStatusCode.BadRequest)]
    [InlineData(null, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Send_BadBody_IsRefused(string? body, HttpStatusCode expected) =>
        Assert.Equal(expected, await CallAsync(HttpMethod.Post, ":send", body ?? $$"""{"target":"t","arguments":["{{new string('x', 1024 * 1024)}}"]}"""));

    [Fact]
    public async Task Health_Anyone_IsOk()
    {
        using var response = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(_emulator.BaseAddress, "/api/health")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Negotiate_FromAPage_PassesPreflight()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(_emulator.BaseAddress, "/client/negotiate?hub=chat"))
        {
            Headers = { { "Origin", "http://localhost:7071" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,x-requested-with" } },
        };
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("http://localhost:7071", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("authorization,x-requested-with", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    private SignalRServiceClient Service(string key) => new(_http, SignalRConnectionString.Parse(_emulator.ConnectionString.Replace(Key, key, StringComparison.Ordinal), "test"), TimeProvider.System);

    private async Task<NodeClient> ConnectAsync(string user) => await NodeClient.ConnectAsync(await _service.CreateClientAccessAsync(Hub, user, TimeSpan.FromMinutes(5), CancellationToken.None));

    private async Task<HttpStatusCode> CallAsync(HttpMethod method, string path, string? body = null, string? audience = null, TimeSpan? lifetime = null)
    {
        var url = $"{_emulator.BaseAddress}api/hubs/{Hub}/{path}";
        using var request = new HttpRequestMessage(method, url);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow + (lifetime is { } shift && shift < TimeSpan.Zero ? shift - TimeSpan.FromMinutes(10) : TimeSpan.Zero));
        var token = new TokenValidator(Key, time).SignClientToken(audience ?? url.Split('?')[0], null, TimeSpan.FromMinutes(10));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }
}
