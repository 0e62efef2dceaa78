using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Clients;

[Collection("gateway")]
public sealed class ClientLifeTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Op = GatewayHost.OperatorKey;
    private readonly MovedClock _time = new(DateTimeOffset.UtcNow);
    private GatewayHost _host = null!;
    private GatewayHost _other = null!;

    private static Dictionary<string, string?> Settings => new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op };

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite, Settings, s => s.AddSingleton<TimeProvider>(_time));
        _other = await GatewayHost.StartAsync(azurite, Settings, s => s.AddSingleton<TimeProvider>(_time), sharing: _host);
    }

    public async Task DisposeAsync()
    {
        await _other.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Revoked_AtOneInstance_IsRefusedThereAtOnceAndElsewhereWithinTheCheck()
    {
        var (id, key) = await CreateAsync(new { name = "app" });
        foreach (var host in (GatewayHost[])[_host, _other]) Assert.Equal(200, await AskAsync(host, key));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = true }, Op)).Status);
        Assert.Equal(401, await AskAsync(_host, key));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, await AskAsync(_other, key));

        Assert.Equal(200, (await _other.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = false }, Op)).Status);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, await AskAsync(_host, key));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, Op)).Status);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, await AskAsync(_other, key));
        Assert.Equal(404, (await _other.GetAsync($"/clients/{id}", Op)).Status);
    }

    [Fact]
    public async Task Rotated_WithOverlap_TakesBothKeysForThatLongAndThenTheNewOne()
    {
        var (id, first) = await CreateAsync(new { name = "app" });
        var rotated = await _host.PostAsync($"/clients/{id}/rotate", new { overlap_seconds = 3600 }, Op);
        var second = rotated.Json.GetProperty("key").GetString()!;
        Assert.Equal(2, rotated.Json.GetProperty("keys").GetArrayLength());
        Assert.Equal((200, 200), (await AskAsync(_host, first), await AskAsync(_host, second)));
        _time.Advance(TimeSpan.FromSeconds(3599));
        Assert.Equal((200, 200), (await AskAsync(_other, first), await AskAsync(_other, second)));
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (var host in (GatewayHost[])[_host, _other]) Assert.Equal((401, 200), (await AskAsync(host, first), await AskAsync(host, second)));

        // An overlap never lengthens a key's life.
        var third = (await _host.PostAsync($"/clients/{id}/keys", new { expires_at = _time.GetUtcNow().AddSeconds(10) }, Op)).Json.GetProperty("key").GetString()!;
        await _host.PostAsync($"/clients/{id}/rotate", new { overlap_seconds = 3600 }, Op);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal((200, 401), (await AskAsync(_host, second), await AskAsync(_host, third)));
    }

    [Fact]
    public async Task Keys_SeveralOfAClient_AreAddedAndWithdrawnOneByOne()
    {
        var (id, first) = await CreateAsync(new { name = "app" });
        var second = (await _host.PostAsync($"/clients/{id}/keys", "", Op)).Json.GetProperty("key").GetString()!;
        var shown = await _host.GetAsync($"/clients/{id}", Op);
        Assert.DoesNotContain(first, shown.Body + await _host.AllBlobsAsync() + _host.Logs.All, StringComparison.Ordinal);
        Assert.DoesNotContain(second, shown.Body + await _host.AllBlobsAsync() + _host.Logs.All, StringComparison.Ordinal);
        var keys = shown.Json.GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("id").GetString()).ToList();
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}/keys/{keys[0]}", null, Op)).Status);
        Assert.Equal((401, 200), (await AskAsync(_host, first), await AskAsync(_host, second)));
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}/keys/{keys[0]}", null, Op)).Status);
        for (var i = 1; i < ClientRecord.MaxKeys; i++) Assert.Equal(201, (await _host.PostAsync($"/clients/{id}/keys", "{}", Op)).Status);
        Assert.Equal("too_many_keys", (await _host.PostAsync($"/clients/{id}/keys", "{}", Op)).Code);
    }

    [Fact]
    public async Task Expired_Client_IsRefusedFromThatMomentOn()
    {
        var (id, key) = await CreateAsync(new { name = "app", expires_at = _time.GetUtcNow().AddMinutes(1) });
        Assert.Equal(200, await AskAsync(_host, key));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, await AskAsync(_host, key));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", """{"expires_at":null}""", Op)).Status);
        Assert.Equal(200, await AskAsync(_host, key));
    }

    [Fact]
    public async Task Key_ThatIsNoLongerGood_SaysWhyToWhoeverHasItAndToNobodyElse()
    {
        var until = _time.GetUtcNow().AddMinutes(1);
        var shown = until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var (id, key) = await CreateAsync(new { name = "app" });
        var brief = (await _host.PostAsync($"/clients/{id}/keys", new { expires_at = until }, Op)).Json.GetProperty("key").GetString()!;
        var (_, ended) = await CreateAsync(new { name = "ended", expires_at = until });
        _time.Advance(TimeSpan.FromMinutes(1));
        await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = true }, Op);
        Assert.Equal(("invalid_api_key", "This key's client is disabled."), await RefusalAsync(key));
        Assert.Equal(("invalid_api_key", $"This key was good until {shown}."), await RefusalAsync(brief));
        Assert.Equal(("invalid_api_key", $"This key's client was good until {shown}."), await RefusalAsync(ended));

        // A guess learns nothing: neither of a client's id nor of one that is gone.
        var unknown = await RefusalAsync(ClientKey.NewKey(ClientKey.NewId()));
        Assert.StartsWith("A valid API key", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(unknown, await RefusalAsync(ClientKey.NewKey(id)));
        await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, Op);
        Assert.Equal(unknown, await RefusalAsync(key));

        async Task<(string? Code, string Message)> RefusalAsync(string with)
        {
            var answer = await _host.GetAsync("/v1/models", with);
            Assert.Equal(401, answer.Status);
            return (answer.Code, answer.Json.GetProperty("error").GetProperty("message").GetString()!);
        }
    }

    [Fact]
    public async Task Patch_ChangesWhatItNamesAndNothingElse()
    {
        await _host.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "chat", route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = "m-1" } }, Op);
        var (id, key) = await CreateAsync(new { name = "app", groups = new[] { "g|h' or true" }, allowed_routes = new[] { "chat" }, allowed_models = new[] { "m-1" } });
        var patched = await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", """{"name":"new","allowed_models":null}""", Op);
        Assert.Equal("new", patched.Json.GetProperty("name").GetString());
        Assert.False(patched.Json.TryGetProperty("allowed_models", out _));
        Assert.Equal("chat", patched.Json.GetProperty("allowed_routes")[0].GetString());
        Assert.Equal("g|h' or true", patched.Json.GetProperty("groups")[0].GetString());
        Assert.False(patched.Json.TryGetProperty("key", out _));
        Assert.Equal(200, await AskAsync(_host, key));
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Patch, "/clients/0000000000000000", "{}", Op)).Status);
    }

    [Theory]
    [InlineData("""{"name":"x","allowed_routes":["none"]}""", "allowed_routes")]
    [InlineData("""{"name":"x","allowed_collections":["none"]}""", "allowed_collections")]
    [InlineData("""{"name":"x","allowed_models":["none"]}""", "allowed_models")]
    [InlineData("""{"name":"x","role":"admin"}""", "role")]
    [InlineData("""{"name":"x","role":"reader","is_operator":true}""", "is_operator")]
    [InlineData("""{"name":"x","expires_at":"2001-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":"x","expires_at":"soon"}""", "expires_at")]
    [InlineData("""{"name":"x","groups":["a\u0007b"]}""", "groups")]
    [InlineData("""{"name":"x\u0007"}""", "name")]
    public async Task Create_OrPatch_BadField_NamesIt(string body, string field)
    {
        var created = await _host.PostAsync("/clients", body, Op);
        Assert.Equal((400, field), (created.Status, created.Param));
        var (id, _) = await CreateAsync(new { name = "app" });
        var patched = await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", body, Op);
        Assert.Equal((400, field), (patched.Status, patched.Param));
    }

    [Fact]
    public async Task Clients_OfTheFormerList_StillCountAndAreListedUntilTheyAreDeleted()
    {
        var keys = Enumerable.Range(0, 3).Select(i => $"00{i:x14}").ToDictionary(id => id, ClientKey.NewKey);
        var former = new { revision = 3, write_id = "w", clients = keys.ToDictionary(k => k.Key, k => new { id = k.Key, name = "old", key_hash = ClientKey.Hash(k.Value), groups = new[] { "g" }, is_operator = k.Key.EndsWith('2'), created_at = _time.GetUtcNow() }) };
        await _host.Config.CreateIfNotExistsAsync();
        await _host.Config.GetBlobClient("clients.json").UploadAsync(BinaryData.FromString(JsonSerializer.Serialize(former)), overwrite: true);
        var ids = keys.Keys.Order(StringComparer.Ordinal).ToList();
        foreach (var id in ids) Assert.Equal(200, await AskAsync(_host, keys[id]));
        Assert.Equal(200, (await _host.GetAsync("/clients", keys[ids[2]])).Status);

        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{ids[0]}", null, Op)).Status);
        var rotated = (await _host.PostAsync($"/clients/{ids[1]}/rotate", "", Op)).Json.GetProperty("key").GetString()!;
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (var host in (GatewayHost[])[_host, _other])
        {
            Assert.Equal((401, 401, 200), (await AskAsync(host, keys[ids[0]]), await AskAsync(host, keys[ids[1]]), await AskAsync(host, rotated)));
            var listed = (await host.GetAsync("/clients", Op)).Json.GetProperty("clients").EnumerateArray().Select(c => c.GetProperty("id").GetString()!).ToList();
            Assert.Equal(ids[1..], listed);
        }
    }

    [Fact]
    public async Task Clients_BeyondFiveThousand_ArePagedWholeAndStillAuthenticate()
    {
        var config = _host.Services.GetRequiredService<Functions.Hosting.ConfigStore>();
        await _host.Config.CreateIfNotExistsAsync();
        var made = Enumerable.Range(0, 6000).Select(_ => ClientKey.NewId()).Distinct().ToList();
        foreach (var shard in made.GroupBy(id => id[..2]))
        {
            var list = new ClientList { Revision = 1, WriteId = "w", Clients = shard.ToDictionary(id => id, id => new ClientRecord { Id = id, Name = "c", Keys = [StoredKey.Of(Key(id), _time.GetUtcNow())] }) };
            Assert.True(await config.TryWriteAsync($"clients/{shard.Key}.json", list, null, default));
        }

        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await _host.GetAsync($"/clients?max_results=1000&page_token={Uri.EscapeDataString(token ?? "")}", Op);
            seen.AddRange(page.Json.GetProperty("clients").EnumerateArray().Select(c => c.GetProperty("id").GetString()!));
            token = page.Json.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (token is not null);

        Assert.Equal(made.Order(StringComparer.Ordinal), seen);
        Assert.Equal(200, await AskAsync(_host, Key(made[0])));
        Assert.Equal((400, "page_token"), (await _host.GetAsync("/clients?page_token=eA==", Op)) is var bad ? (bad.Status, bad.Param) : default);
        Assert.Equal((400, "max_results"), (await _host.GetAsync("/clients?max_results=0", Op)) is var zero ? (zero.Status, zero.Param) : default);
        static string Key(string id) => $"sk-{id}-{new string('k', 43)}";
    }

    private async Task<(string Id, string Key)> CreateAsync(object body)
    {
        var made = await _host.PostAsync("/clients", body, Op);
        Assert.True(made.Status == 201, made.Body);
        _time.Advance(TimeSpan.FromSeconds(1));
        return (made.Json.GetProperty("id").GetString()!, made.Json.GetProperty("key").GetString()!);
    }

    private static async Task<int> AskAsync(GatewayHost host, string key) => (await host.GetAsync("/v1/models", key)).Status;
}
