using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Routes;

[Collection("gateway")]
public sealed class RouteFunctionsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Routes = "/api/2.0/gateway/routes";
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(azurite);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Create_MosaicRoute_AnswersInMlflowShapeWithoutConfig()
    {
        var answer = await _host.PostAsync(Routes + "/", new
        {
            name = "llama2-70b-chat",
            route_type = "llm/v1/completions",
            model = new { name = "llama2-70b-chat", provider = "mosaicml", mosaicml_config = new { mosaicml_api_key = "mosaic-secret-key" } },
        });

        Assert.Equal(201, answer.Status);
        var route = answer.Json;
        Assert.Equal("llama2-70b-chat", route.GetProperty("name").GetString());
        Assert.Equal("llm/v1/completions", route.GetProperty("route_type").GetString());
        Assert.Equal("""{"name":"llama2-70b-chat","provider":"mosaicml"}""", route.GetProperty("model").GetRawText());
        Assert.Equal("/gateway/llama2-70b-chat/invocations", route.GetProperty("route_url").GetString());
        Assert.Equal(1, route.GetProperty("version").GetInt32());
        Assert.Equal(answer.Body, (await _host.GetAsync($"{Routes}/llama2-70b-chat/")).Body);
    }

    [Fact]
    public async Task Patch_TwiceThenRestore_MakesNewVersions()
    {
        await _host.CreateRouteAsync("r");
        Assert.Equal(2, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "second" } })).Json.GetProperty("version").GetInt32());
        Assert.Equal(3, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "third" } })).Json.GetProperty("version").GetInt32());

        var restored = await _host.SendAsync(HttpMethod.Post, $"{Routes}/r/versions/1/restore");
        Assert.Equal(4, restored.Json.GetProperty("version").GetInt32());
        Assert.Equal("demo-llama", restored.Json.GetProperty("model").GetProperty("name").GetString());

        var versions = (await _host.GetAsync($"{Routes}/r/versions")).Json.GetProperty("versions").EnumerateArray().ToList();
        Assert.Equal(["demo-llama", "second", "third", "demo-llama"], versions.Select(v => v.GetProperty("model").GetProperty("name").GetString()));
        Assert.True(versions[3].GetProperty("is_current").GetBoolean());
        Assert.Equal("second", (await _host.GetAsync($"{Routes}/r@2")).Json.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Post, $"{Routes}/r/versions/9/restore")).Status);
        Assert.Equal(400, (await _host.SendAsync(HttpMethod.Post, $"{Routes}/r/versions/x/restore")).Status);
    }

    [Fact]
    public async Task Delete_ThenCreate_ContinuesTheNumbering()
    {
        await _host.CreateRouteAsync("r");
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"{Routes}/r")).Status);
        Assert.Equal(404, (await _host.GetAsync($"{Routes}/r")).Status);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Delete, $"{Routes}/r")).Status);
        Assert.Empty((await _host.GetAsync(Routes)).Json.GetProperty("routes").EnumerateArray());

        await _host.CreateRouteAsync("r");
        Assert.Equal(2, (await _host.GetAsync($"{Routes}/r")).Json.GetProperty("version").GetInt32());
        Assert.Equal("version_not_found", (await _host.GetAsync($"{Routes}/r@1")).Code);
    }

    [Theory]
    [InlineData("""{"name":"a b","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}""", "name")]
    [InlineData("""{"name":"..","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}""", "name")]
    [InlineData("""{"name":"r\n","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}""", "name")]
    [InlineData("""{"route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}""", "name")]
    [InlineData("""{"name":"r","route_type":"llm/v9","model":{"provider":"gpu-worker","name":"m"}}""", "route_type")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat"}""", "model")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"nobody","name":"m"}}""", "model.provider")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"../x"}}""", "model.name")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m","extra":1}}""", "model.extra")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"},"nmae":1}""", "nmae")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m","configs":{}}}""", "model.configs")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"mosaicml","name":"llama2-70b-chat"}}""", "model.mosaicml_config.mosaicml_api_key")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"mosaicml","name":"mpt-7b","mosaicml_config":{"mosaicml_api_key":"k"}}}""", "model.name")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"mosaicml","name":"llama2","mosaicml_config":{"mosaicml_api_key":"a b"}}}""", "model.mosaicml_config.mosaicml_api_key")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m","gpu_worker_config":{"gpu_worker_api_base":"http://169.254.169.254"}}}""", "model.gpu_worker_config.gpu_worker_api_base")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m","gpu_worker_config":{"gpu_worker_api_base":"http://api.example.com"}}}""", "model.gpu_worker_config.gpu_worker_api_base")]
    [InlineData("""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m","gpu_worker_config":{"gpu_worker_api_base":"file:///etc/passwd"}}}""", "model.gpu_worker_config.gpu_worker_api_base")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"none","completions_route":"chat","collection":"c"}}""", "rag.embeddings_route")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"chat","completions_route":"chat","collection":"c"}}""", "rag.embeddings_route")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"emb","collection":"c"}}""", "rag.completions_route")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"c","retrieval":"magic"}}""", "rag.retrieval")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"c","prompt_template":"{context}"}}""", "rag.prompt_template")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"c","prompt_template":"{context}{question}{question}"}}""", "rag.prompt_template")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"c","system_prompt":"[INST]"}}""", "rag.system_prompt")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"c","top_k":51}}""", "rag.top_k")]
    [InlineData("""{"name":"r","route_type":"rag/v1/answers","rag":{"embeddings_route":"emb","completions_route":"chat","collection":"a/b"}}""", "rag.collection")]
    public async Task Create_BadField_NamesIt(string body, string field)
    {
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("emb", "llm/v1/embeddings");
        var answer = await _host.PostAsync(Routes, body);
        Assert.Equal(400, answer.Status);
        Assert.Equal(field, answer.Param);
        Assert.Equal(404, (await _host.GetAsync($"{Routes}/r")).Status);
        Assert.Empty(_host.Vault.Secrets);
    }

    [Fact]
    public async Task RagRoute_Created_ShowsItsSettingsAndGuardsWhatItStandsOn()
    {
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("emb", "llm/v1/embeddings");
        await _host.CreateRouteAsync("rank", "llm/v1/rerank");
        var created = await _host.PostAsync(Routes, new { name = "garden", route_type = "rag/v1/answers", rag = new { embeddings_route = "emb", completions_route = "chat", collection = "garden", top_k = 7, rerank = new { route = "rank" } } });
        Assert.Equal(7, created.Json.GetProperty("rag").GetProperty("top_k").GetInt32());

        var patched = await _host.SendAsync(HttpMethod.Patch, $"{Routes}/garden", """{"rag":{"max_tokens":99,"top_k":null}}""");
        Assert.Equal(4, patched.Json.GetProperty("rag").GetProperty("top_k").GetInt32());
        Assert.Equal(99, patched.Json.GetProperty("rag").GetProperty("max_tokens").GetInt32());

        foreach (var used in (string[])["chat", "emb", "rank"])
        {
            var refused = await _host.SendAsync(HttpMethod.Delete, $"{Routes}/{used}");
            Assert.Equal((409, "route_in_use"), (refused.Status, refused.Code));
        }
    }

    [Fact]
    public async Task Patch_ManyAtOnce_LosesNone()
    {
        await _host.CreateRouteAsync("emb", "llm/v1/embeddings");
        await using var other = await GatewayHost.StartAsync(azurite, sharing: _host);
        var patches = Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _host : other).SendAsync(
            HttpMethod.Patch, $"{Routes}/emb", i % 3 == 0 ? new { instructions = new { query = $"q{i}: " } } : new { model = new { name = $"m{i}" } }));
        var answers = await Task.WhenAll(patches);

        Assert.All(answers, a => Assert.True(a.Status == 200, a.Body));
        Assert.Equal(Enumerable.Range(2, 12), answers.Select(a => a.Json.GetProperty("version").GetInt32()).Order());
        var versions = (await _host.GetAsync($"{Routes}/emb/versions")).Json.GetProperty("versions").EnumerateArray().ToList();
        for (var i = 1; i < versions.Count; i++)
        {
            // Each version differs from the one before in what its own patch said and in nothing else.
            var model = versions[i].GetProperty("model").GetRawText() != versions[i - 1].GetProperty("model").GetRawText();
            var instructions = versions[i].GetProperty("instructions").GetRawText() != versions[i - 1].GetProperty("instructions").GetRawText();
            Assert.True(model ^ instructions);
        }
    }

    [Fact]
    public async Task Create_SameNameAtOnce_OneWins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _host.PostAsync(Routes, new
        {
            name = "r",
            route_type = "llm/v1/completions",
            model = new { provider = "mosaicml", name = "llama2-70b-chat", mosaicml_config = new { mosaicml_api_key = $"key-{i}" } },
        })));
        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(5, answers.Count(a => a.Status == 409));
        // The losers' keys are not left behind.
        Assert.Single(_host.Vault.Secrets);
    }

    [Fact]
    public async Task Patch_StaleIfMatch_IsRefused()
    {
        await _host.CreateRouteAsync("r");
        var patch = new { model = new { name = "m2" } };
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", patch, null, ("If-Match", "\"1\""))).Status);
        Assert.Equal(412, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", patch, null, ("If-Match", "\"1\""))).Status);
        Assert.Equal(412, (await _host.SendAsync(HttpMethod.Delete, $"{Routes}/r", null, null, ("If-Match", "\"1\""))).Status);
        // Any tag that is not the route's is one that does not match (RFC 9110, 13.1.1), not a bad request.
        foreach (var tag in (string[])["\"abc\"", "W/\"2\"", "\"1\", \"x\"", "\"-2\"", "\"0x8DE\""])
            Assert.Equal(412, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", patch, null, ("If-Match", tag))).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", patch, null, ("If-Match", "\"1\", \"2\""))).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", patch, null, ("If-Match", "*"))).Status);
    }

    [Theory]
    [InlineData("""{"name":"other"}""", "name")]
    [InlineData("""{"route_type":"llm/v1/embeddings"}""", "route_type")]
    [InlineData("""{"model":{"provider":"mosaicml"}}""", "model.name")]
    [InlineData("""{"unknown":{}}""", "unknown")]
    public async Task Patch_WhatCannotChange_NamesIt(string body, string field)
    {
        await _host.CreateRouteAsync("r");
        var answer = await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", body);
        Assert.Equal((400, field), (answer.Status, answer.Param));
        Assert.Equal(1, (await _host.GetAsync($"{Routes}/r")).Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Search_WithToken_ContinuesAfterIt()
    {
        foreach (var name in (string[])["a", "b", "c"]) await _host.CreateRouteAsync(name);
        var token = Convert.ToBase64String("after:a"u8);
        var rest = (await _host.GetAsync($"{Routes}?page_token={Uri.EscapeDataString(token)}")).Json;
        Assert.Equal(["b", "c"], rest.GetProperty("routes").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        Assert.False(rest.TryGetProperty("next_page_token", out _));
    }

    [Theory]
    [InlineData("!!")]
    [InlineData("YQ==")]
    [InlineData("eyJpbmRleCI6IDN9")]
    [InlineData("YWZ0ZXI6YSBi")]
    public async Task Search_WithATokenThatNobodyGave_Is400(string token)
    {
        foreach (var path in (string[])[Routes, "/api/2.0/endpoints"])
        {
            var refused = await _host.GetAsync($"{path}?page_token={Uri.EscapeDataString(token)}");
            Assert.Equal((400, "page_token"), (refused.Status, refused.Param));
        }
    }

    [Fact]
    public async Task Endpoints_OfLaterMlflow_AreTheSameRoutes()
    {
        const string Endpoints = "/api/2.0/endpoints";
        var made = await _host.PostAsync(Endpoints, new { name = "r", endpoint_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = "demo-llama" } });
        Assert.Equal(201, made.Status);
        Assert.Equal("llm/v1/chat", made.Json.GetProperty("endpoint_type").GetString());
        Assert.Equal("/endpoints/r/invocations", made.Json.GetProperty("endpoint_url").GetString());
        Assert.False(made.Json.TryGetProperty("route_type", out _));
        Assert.Equal("llm/v1/chat", (await _host.GetAsync($"{Routes}/r")).Json.GetProperty("route_type").GetString());
        Assert.Equal("r", (await _host.GetAsync(Endpoints)).Json.GetProperty("endpoints")[0].GetProperty("name").GetString());
        Assert.Equal("endpoint_type", (await _host.PostAsync(Endpoints, new { name = "s", endpoint_type = "llm/v1/chat", route_type = "llm/v1/completions" })).Param);
        var patched = await _host.SendAsync(HttpMethod.Patch, $"{Endpoints}/r", new { model = new { name = "other" } });
        Assert.Equal(2, patched.Json.GetProperty("version").GetInt32());
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"{Endpoints}/r")).Status);
        Assert.Equal(404, (await _host.GetAsync($"{Endpoints}/r")).Status);
    }

    [Fact]
    public async Task Write_ByOneInstance_IsSeenByItAtOnceAndByOthersAfterTheCachesTime()
    {
        await using var writer = await GatewayHost.StartAsync(azurite, sharing: _host);
        await using var reader = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" }, sharing: _host);
        await writer.CreateRouteAsync("r");
        Assert.Equal(200, (await reader.GetAsync($"{Routes}/r")).Status);
        await writer.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "m2" } });
        Assert.Equal("m2", (await writer.GetAsync($"{Routes}/r")).Json.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal("m2", (await reader.GetAsync($"{Routes}/r")).Json.GetProperty("model").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Health_SaysThatItIsThere() =>
        Assert.Equal("""{"status":"OK"}""", (await _host.GetAsync("/health")).Body);

    [Fact]
    public async Task Body_MalformedOrTooLarge_IsRefusedWithoutQuotingIt()
    {
        var malformed = await _host.PostAsync(Routes, "{\"name\": \"r\",\n \"secretword\" }");
        Assert.Equal((400, "malformed_json"), (malformed.Status, malformed.Code));
        Assert.Contains("line 2", malformed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secretword", malformed.Body + _host.Logs.All, StringComparison.Ordinal);
        Assert.Equal(413, (await _host.PostAsync(Routes, $"{{\"name\":\"{new string('x', 1024 * 1024)}\"}}")).Status);
        Assert.Equal(400, (await _host.PostAsync(Routes, "[1]")).Status);
        Assert.Equal(400, (await _host.PostAsync(Routes, """{"name":"a","name":"b"}""")).Status);
        Assert.Equal(400, (await _host.PostAsync(Routes, """{"name":"\ud800","route_type":"llm/v1/chat"}""")).Status);
    }
}
