using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Secrets;

[Collection("gateway")]
public sealed class ProviderKeyTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Routes = "/api/2.0/gateway/routes";
    private const string Predict = "/llama2-70b-chat/v1/predict";
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        _host.Provider.On(Predict, http => FakeProvider.Json(http, new { outputs = new[] { "An answer" } }));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Key_OfARoute_IsInTheVaultAndNowhereElse()
    {
        var marker = "canary" + Guid.NewGuid().ToString("N");
        var prompt = "prompt" + Guid.NewGuid().ToString("N");
        var seen = (await CreateAsync(marker)).Body;
        seen += (await _host.GetAsync($"{Routes}/mosaic")).Body + (await _host.GetAsync(Routes)).Body + (await _host.GetAsync($"{Routes}/mosaic/versions")).Body;
        seen += (await _host.PostAsync("/gateway/mosaic/invocations", new { prompt })).Body;
        Assert.Equal(marker, _host.Provider.Single(Predict).Authorization);

        foreach (var status in (int[])[400, 401, 403, 404, 422, 429, 500])
        {
            _host.Provider.On(Predict, http => FakeProvider.Error(http, status, $"Invalid key {marker} for {prompt}", marker, prompt));
            var answer = await _host.PostAsync("/gateway/mosaic/invocations", new { prompt });
            Assert.True(answer.Status >= 400);
            seen += answer.Body + string.Join(',', answer.Headers.Values);
        }

        seen += (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/mosaic", new { model = new { mosaicml_config = new { mosaicml_api_key = marker + "2", wrong = marker } } })).Body;
        seen += (await _host.PostAsync(Routes, "{\"name\": \"" + marker)).Body;
        seen += await _host.AllBlobsAsync() + _host.Logs.All;
        Assert.DoesNotContain(marker, seen, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(prompt, seen, StringComparison.OrdinalIgnoreCase);

        var secret = Assert.Single(_host.Vault.Secrets);
        Assert.Matches("^route-mosaic-[0-9a-f]{32}$", secret.Key);
        Assert.Equal(marker, Assert.Single(secret.Value).Value);
    }

    [Theory]
    [InlineData("first\nsecond")]
    [InlineData("ke\u00ffy")]
    public async Task Key_ThatNoHeaderCanCarry_IsSaidToBeNoneAndNotShown(string key)
    {
        await CreateAsync("first-key");
        var secret = Assert.Single(_host.Vault.Secrets);
        _host.Provider.On(Predict, http => FakeProvider.Error(http, http.Request.Headers.Authorization == "first-key" ? 401 : 500));
        _host.Vault.Put(secret.Key, key);
        // The first key is refused, and the vault's latest is read then.
        var answer = await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" });
        Assert.Equal((502, "upstream_authentication"), (answer.Status, answer.Code));
        Assert.Contains("no header can carry", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(key, answer.Body + _host.Logs.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_Rotated_IsUsedByNewAndOldVersionsAlike()
    {
        await CreateAsync("first-key");
        await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" });
        var patched = await _host.SendAsync(HttpMethod.Patch, $"{Routes}/mosaic", new { model = new { mosaicml_config = new { mosaicml_api_key = "second-key" } } });
        Assert.Equal(2, patched.Json.GetProperty("version").GetInt32());
        await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" });
        await _host.PostAsync("/gateway/mosaic@1/invocations", new { prompt = "x" });
        Assert.Equal(["first-key", "second-key", "second-key"], _host.Provider.Requests.Where(r => r.Path == Predict).Select(r => r.Authorization));
        Assert.Equal(["first-key", "second-key"], Assert.Single(_host.Vault.Secrets).Value.Select(v => v.Value));
        // What was just written is known; nothing had to be read.
        Assert.Equal(0, _host.Vault.Count("GET"));
    }

    [Fact]
    public async Task Key_RotatedByAnotherInstance_IsFetchedWhenTheOldOneIsRefused()
    {
        await CreateAsync("first-key");
        await using var other = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "300" }, sharing: _host);
        await other.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" });
        await _host.SendAsync(HttpMethod.Patch, $"{Routes}/mosaic", new { model = new { mosaicml_config = new { mosaicml_api_key = "second-key" } } });
        _host.Provider.On(Predict, http => http.Request.Headers.Authorization == "second-key" ? FakeProvider.Json(http, new { outputs = new[] { "ok" } }) : FakeProvider.Error(http, 401));
        Assert.Equal(200, (await other.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })).Status);
    }

    [Fact]
    public async Task Key_RefusedForGood_IsReadAgainOnceAndNotOnEveryCall()
    {
        await CreateAsync("bad-key");
        _host.Provider.On(Predict, http => FakeProvider.Error(http, 401));
        for (var i = 0; i < 5; i++) Assert.Equal("upstream_authentication", (await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })).Code);
        Assert.Equal(1, _host.Vault.Count("GET"));
        Assert.Equal(6, _host.Provider.Count(Predict));
    }

    [Fact]
    public async Task Vault_ThatCannotBeRead_IsRiddenOutWithTheLastCopyForABoundedTime()
    {
        var time = new MovedClock(DateTimeOffset.UtcNow);
        await using var host = await GatewayHost.StartAsync(
            azurite, new() { ["Gateway:SecretCacheSeconds"] = "10", ["Gateway:SecretOutageSeconds"] = "100" }, s => s.AddSingleton<TimeProvider>(time), sharing: _host);
        await CreateAsync("first-key");
        Assert.Equal(200, await AskAsync());
        _host.Vault.Fault = _ => new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("{}") };
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(200, await AskAsync());
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(503, await AskAsync());
        _host.Vault.Fault = null;
        Assert.Equal(200, await AskAsync());
        async Task<int> AskAsync() => (await host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })).Status;
    }

    [Fact]
    public async Task Key_OfAnAddress_IsNotSentToAnother()
    {
        await using var elsewhere = await FakeProvider.StartAsync();
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AllowedHosts"] = $"{_host.Provider.Host},{elsewhere.Host}" }, sharing: _host);
        await CreateAsync("first-key");
        var moved = await host.SendAsync(HttpMethod.Patch, $"{Routes}/mosaic", new { model = new { mosaicml_config = new { mosaicml_api_base = elsewhere.Address.AbsoluteUri } } });
        Assert.Equal((400, "model.mosaicml_config.mosaicml_api_key"), (moved.Status, moved.Param));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Key_ReadByManyAtOnce_IsReadOnce()
    {
        await CreateAsync("first-key");
        await using var other = await GatewayHost.StartAsync(azurite, sharing: _host);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => other.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })));
        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Equal(1, _host.Vault.Count("GET"));
    }

    [Fact]
    public async Task Route_Deleted_SoftDeletesItsSecret()
    {
        await CreateAsync("first-key");
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"{Routes}/mosaic")).Status);
        Assert.Empty(_host.Vault.Secrets);
        Assert.Single(_host.Vault.Deleted);
        Assert.Equal(201, (await CreateAsync("second-key")).Status);
        Assert.Equal("second-key", Assert.Single(_host.Vault.Secrets).Value.Single().Value);
    }

    [Fact]
    public async Task Vault_RefusingTheKey_LeavesNoRouteAndKeepsTheOldOneWorking()
    {
        _host.Vault.Fault = request => request.Method == HttpMethod.Put ? new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("{}") } : null;
        var refused = await CreateAsync("first-key");
        Assert.Equal((503, "dependency_unavailable"), (refused.Status, refused.Code));
        Assert.Equal(404, (await _host.GetAsync($"{Routes}/mosaic")).Status);

        _host.Vault.Fault = null;
        await CreateAsync("first-key");
        _host.Vault.Fault = request => request.Method == HttpMethod.Put ? new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("{}") } : null;
        Assert.Equal(503, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/mosaic", new { model = new { mosaicml_config = new { mosaicml_api_key = "second-key" } } })).Status);
        Assert.Equal(200, (await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })).Status);
        Assert.Equal("first-key", _host.Provider.Single(Predict).Authorization);
    }

    [Fact]
    public async Task Set_OfASoftDeletedName_RecoversItFirst()
    {
        _host.Vault.Put("name", "old");
        var client = new Azure.Security.KeyVault.Secrets.SecretClient(
            new Uri($"https://{FakeKeyVault.Host}"), new FixedCredential(), new() { Transport = new Azure.Core.Pipeline.HttpClientTransport(new HttpClient(_host.Vault, disposeHandler: false)) });
        var vault = new Functions.Secrets.KeyVaultSecrets(client, TimeProvider.System);
        await vault.DeleteAsync("name", default);
        Assert.Null(await vault.GetAsync("name", null, default));
        var written = await vault.SetAsync("name", new Functions.Secrets.SecretText("new"), default);
        Assert.Equal("new", (await vault.GetAsync("name", written.Version, default))!.Reveal());
        await vault.DeleteAsync("none", default);
    }

    /// <summary>Whoever rotates a key in the vault itself tells nobody: the version that the route was written with is refused, and the latest one is read.</summary>
    [Fact]
    public async Task Key_RotatedInTheVault_IsFetchedWhenThePinnedVersionIsRefused()
    {
        await CreateAsync("first-key");
        _host.Vault.Put(Assert.Single(_host.Vault.Secrets).Key, "second-key");
        TakeOnly("second-key");
        Assert.Equal(200, await AskAsync());
        Assert.Equal(1, _host.Vault.Count("GET"));
        // It stays so: nobody is refused again.
        Assert.Equal(200, await AskAsync());
        Assert.Equal(3, _host.Provider.Count(Predict));
        Assert.Equal(1, _host.Vault.Count("GET"));
    }

    /// <summary>All who were refused with the old key at the same time are answered with the new one, which is read once.</summary>
    [Fact]
    public async Task Key_RotatedUnderLoad_FailsNobodyAndIsReadOnce()
    {
        await CreateAsync("first-key");
        await AskAsync();
        _host.Vault.Put(Assert.Single(_host.Vault.Secrets).Key, "second-key");
        var (arrived, all) = (0, new TaskCompletionSource());
        _host.Provider.On(Predict, async http =>
        {
            if (http.Request.Headers.Authorization == "second-key")
            {
                await FakeProvider.Json(http, new { outputs = new[] { "ok" } });
                return;
            }

            if (Interlocked.Increment(ref arrived) == 12) all.SetResult();
            await all.Task;
            await FakeProvider.Error(http, 401);
        });
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => AskAsync())), status => Assert.Equal(200, status));
        Assert.Equal(1, _host.Vault.Count("GET"));
    }

    [Fact]
    public async Task Key_Disabled_InItsLatestVersion_LeavesThePinnedOne()
    {
        await CreateAsync("first-key");
        _host.Vault.Fault = request => request.Method == HttpMethod.Get && request.RequestUri!.Segments.Length == 3
            ? new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("""{"error":{"code":"Forbidden","message":"x","innererror":{"code":"SecretDisabled"}}}""", System.Text.Encoding.UTF8, "application/json") }
            : null;
        var isFirst = true;
        _host.Provider.On(Predict, http =>
        {
            var refuses = isFirst;
            isFirst = false;
            return refuses ? FakeProvider.Error(http, 403) : FakeProvider.Json(http, new { outputs = new[] { "ok" } });
        });
        Assert.Equal(200, await AskAsync());
        Assert.Equal(["first-key", "first-key"], _host.Provider.Requests.Where(r => r.Path == Predict).Select(r => r.Authorization));
    }

    /// <summary>Who disables a version in the vault takes it out of use, before the provider refuses it: what has come after it is in force.</summary>
    [Fact]
    public async Task Key_WhosePinnedVersionIsDisabled_IsTheLatest()
    {
        await CreateAsync("first-key");
        _host.Vault.Put(Assert.Single(_host.Vault.Secrets).Key, "second-key");
        _host.Vault.Fault = request => request.Method == HttpMethod.Get && request.RequestUri!.Segments.Length == 4
            ? new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("""{"error":{"code":"Forbidden","message":"x","innererror":{"code":"SecretDisabled"}}}""", System.Text.Encoding.UTF8, "application/json") }
            : null;
        // As one that has no copy yet, or whose copy is old.
        await using var other = await GatewayHost.StartAsync(azurite, sharing: _host);
        var answer = await other.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" });
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("second-key", _host.Provider.Single(Predict).Authorization);
    }

    private void TakeOnly(string key) =>
        _host.Provider.On(Predict, http => http.Request.Headers.Authorization == key ? FakeProvider.Json(http, new { outputs = new[] { "ok" } }) : FakeProvider.Error(http, 401));

    private async Task<int> AskAsync() => (await _host.PostAsync("/gateway/mosaic/invocations", new { prompt = "x" })).Status;

    private Task<GatewayHost.Answer> CreateAsync(string key) => _host.PostAsync(Routes, new
    {
        name = "mosaic",
        route_type = "llm/v1/completions",
        model = new { name = "llama2-70b-chat", provider = "mosaicml", mosaicml_config = new { mosaicml_api_key = key, mosaicml_api_base = _host.Provider.Address.AbsoluteUri } },
    });

    private sealed class FixedCredential : Azure.Core.TokenCredential
    {
        public override Azure.Core.AccessToken GetToken(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken) => new("t", DateTimeOffset.MaxValue);

        public override ValueTask<Azure.Core.AccessToken> GetTokenAsync(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
