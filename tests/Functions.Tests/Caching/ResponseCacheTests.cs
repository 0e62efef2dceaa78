using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Caching;

/// <summary>A route's response cache: who gets whose answer, and what it costs.</summary>
[Collection("gateway")]
public sealed class ResponseCacheTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string Routes = "/api/2.0/gateway/routes";
    private readonly ManualTime _time = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton<TimeProvider>(_time));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Question_AskedAgain_IsAnsweredWithoutTheModel(bool firstStreams, bool thenStreams)
    {
        await CreateAsync(new { ttl_seconds = 60 });
        var first = await AskAsync(stream: firstStreams);
        var again = await AskAsync(stream: thenStreams);
        Assert.Equal(("miss", "hit"), (first.Headers["x-cache"], again.Headers["x-cache"]));
        Assert.Equal(1, _host.Provider.Count(Chat));
        Assert.Equal("Hello there!", Text(again, thenStreams));
        if (thenStreams) Assert.True(again.Body.Split("\n\n").Length > 4, "A stream is replayed in its pieces.");
        if (firstStreams == thenStreams) Assert.Equal(WithoutId(first.Body), WithoutId(again.Body));
    }

    [Fact]
    public async Task Question_OfAnotherClientParameterVersionOrTime_IsAskedAnew()
    {
        await CreateAsync(new { ttl_seconds = 60 });
        var (one, two) = (await ClientAsync("one"), await ClientAsync("two"));
        Assert.Equal("miss", await CacheOf(one));
        Assert.Equal("hit", await CacheOf(one));
        Assert.Equal("miss", await CacheOf(two));
        Assert.Equal("miss", await CacheOf(one, temperature: 0.5));
        Assert.Equal("miss", await CacheOf(one, text: "Hello!"));
        Assert.Equal("hit", await CacheOf(one));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "other" } })).Status);
        Assert.Equal("miss", await CacheOf(one));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("miss", await CacheOf(one));
    }

    [Fact]
    public async Task Question_OnASharedRoute_IsAnsweredForAll()
    {
        await CreateAsync(new { ttl_seconds = 60, shared = true });
        Assert.Equal("miss", await CacheOf(await ClientAsync("one")));
        Assert.Equal("hit", await CacheOf(await ClientAsync("two")));
    }

    [Fact]
    public async Task Route_MadeAnewUnderItsName_AnswersNothingOfTheOld()
    {
        await CreateAsync(new { ttl_seconds = 60 });
        Assert.Equal("miss", await CacheOf(null));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"{Routes}/r")).Status);
        _time.Advance(TimeSpan.FromSeconds(1));
        await CreateAsync(new { ttl_seconds = 60 });
        Assert.Equal("miss", await CacheOf(null));
    }

    [Fact]
    public async Task Answer_BrokenOffOrFiltered_IsNotKept()
    {
        await CreateAsync(new { ttl_seconds = 60 });
        _host.Provider.On(Chat, async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "half", null));
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, null, "content_filter"));
            await FakeProvider.SendAsync(http, "[DONE]");
        });
        Assert.Equal("miss", await CacheOf(null));
        Assert.Equal("miss", await CacheOf(null));
    }

    [Fact]
    public async Task Hit_IsMeteredAsCachedAtNoCost()
    {
        await CreateAsync(new { ttl_seconds = 60 });
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, "/prices", new { prices = new object[] { new { route = "r", input = 10, output = 20 } } })).Status);
        for (var i = 0; i < 3; i++) await AskAsync();
        await _host.Services.GetRequiredService<Serverless.Functions.Limits.Ledger.UsageLedger>().FlushAsync(default);
        var usage = (await _host.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/usage?groupBy=status&from={_time.GetUtcNow().AddDays(-1):yyyy-MM-dd}&to={_time.GetUtcNow().AddDays(1):yyyy-MM-dd}"))).Json.GetProperty("usage").EnumerateArray().ToDictionary(u => u.GetProperty("status").GetString()!);
        Assert.Equal((2, 0, 0, 0m), (usage["cached"].GetProperty("calls").GetInt32(), usage["cached"].GetProperty("failed").GetInt32(), usage["cached"].GetProperty("completion_tokens").GetInt32(), usage["cached"].GetProperty("cost_usd").GetDecimal()));
        Assert.Equal(1, usage["ok"].GetProperty("calls").GetInt32());
    }

    [Fact]
    public async Task Question_AskedAsAChatAndAsAResponse_IsOne()
    {
        await CreateAsync(new { ttl_seconds = 60 });
        var chat = await _host.PostAsync(Chat, new { model = "r", max_tokens = 50, temperature = 0.5, messages = new[] { new { role = "system", content = "Be brief." }, new { role = "user", content = "Hello?" } } });
        var response = await _host.PostAsync("/v1/responses", new { model = "r", max_output_tokens = 50, temperature = 0.5, instructions = "Be brief.", input = new[] { new { role = "user", content = new[] { new { type = "input_text", text = "Hello?" } } } } });
        Assert.True(response.Status == 200, response.Body);
        Assert.Equal(("miss", "hit"), (chat.Headers["x-cache"], response.Headers["x-cache"]));
        Assert.Equal("Hello there!", response.Json.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        var other = await _host.PostAsync("/v1/responses", new { model = "r", max_output_tokens = 51, temperature = 0.5, instructions = "Be brief.", input = "Hello?" });
        Assert.Equal("miss", other.Headers["x-cache"]);
        Assert.Equal(2, _host.Provider.Count(Chat));
    }

    [Fact]
    public async Task Embeddings_OfABatchPartlyKnown_AskForTheRest()
    {
        await CreateAsync(new { ttl_seconds = 60 }, "llm/v1/embeddings");
        _host.Provider.On("/v1/embeddings", http =>
        {
            var data = _host.Provider.Requests.Last().Json.GetProperty("input").EnumerateArray().Select((text, index) => new { @object = "embedding", index, embedding = (float[])[3, text.GetString()![0], 0] });
            return FakeProvider.Json(http, new { @object = "list", data, model = "m", usage = new { prompt_tokens = 5, total_tokens = 5 } });
        });
        var one = await EmbedAsync(null, "a", "b", "c");
        var two = await EmbedAsync(null, "d", "a", "e", "d", "c", "b");
        var three = await EmbedAsync(null, "e", "b");
        Assert.Equal(("miss", "partial", "hit"), (one.Headers["x-cache"], two.Headers["x-cache"], three.Headers["x-cache"]));
        Assert.Equal([["a", "b", "c"], ["d", "e"]], Asked());
        Assert.Equal([Vector(two, 1), Vector(two, 5), Vector(two, 4)], Enumerable.Range(0, 3).Select(i => Vector(one, i)));
        Assert.Equal(Vector(two, 0), Vector(two, 3));
        Assert.Equal([Vector(two, 2), Vector(two, 5)], Enumerable.Range(0, 2).Select(i => Vector(three, i)));
        Assert.Equal(0, three.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(one.Json.GetProperty("model").GetString(), three.Json.GetProperty("model").GetString());

        // Another instruction, client or time makes other vectors, or another's.
        Assert.Equal("miss", (await _host.PostAsync("/v1/embeddings", new { model = "r", input = "a", instruction = "query" })).Headers["x-cache"]);
        Assert.Equal("miss", (await EmbedAsync(await ClientAsync("one"), "a")).Headers["x-cache"]);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("miss", (await EmbedAsync(null, "a")).Headers["x-cache"]);
    }

    [Theory]
    [InlineData("llm/v1/chat", """{"ttl_seconds": 0}""", "cache.ttl_seconds")]
    [InlineData("llm/v1/chat", """{"ttl": 5}""", "cache.ttl")]
    [InlineData("llm/v1/embeddings", """{"ttl_seconds": 86401}""", "cache.ttl_seconds")]
    public async Task Cache_ThatIsWrong_IsRefusedByName(string type, string cache, string field)
    {
        var refused = await _host.PostAsync(Routes, $$"""{"name": "r", "route_type": "{{type}}", "model": {"provider": "gpu-worker", "name": "m"}, "cache": {{cache}}}""");
        Assert.Equal((400, field), (refused.Status, refused.Param));
    }

    private static string Vector(GatewayHost.Answer answer, int index) => answer.Json.GetProperty("data")[index].GetProperty("embedding").GetRawText();

    private static string WithoutId(string body) => System.Text.RegularExpressions.Regex.Replace(body, "chatcmpl-[0-9a-f]+", "");

    private static string Text(GatewayHost.Answer answer, bool stream) => !stream
        ? answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!
        : string.Concat(System.Text.RegularExpressions.Regex.Matches(answer.Body, "\"delta\":{\"content\":\"([^\"]*)\"").Select(m => m.Groups[1].Value));

    private async Task<string> ClientAsync(string name) => (await _host.PostAsync("/clients", new { name })).Json.GetProperty("key").GetString()!;

    private async Task<string> CacheOf(string? key, double temperature = 0, string text = "Hello?") => (await AskAsync(key, temperature, text)).Headers["x-cache"];

    private async Task<GatewayHost.Answer> AskAsync(string? key = null, double temperature = 0, string text = "Hello?", bool stream = false)
    {
        var answer = await _host.PostAsync(Chat, new { model = "r", temperature, stream, messages = new[] { new { role = "user", content = text } } }, key);
        Assert.True(answer.Status == 200, answer.Body);
        return answer;
    }

    private async Task<GatewayHost.Answer> EmbedAsync(string? key, params string[] texts)
    {
        var answer = await _host.PostAsync("/v1/embeddings", new { model = "r", input = texts }, key);
        Assert.True(answer.Status == 200, answer.Body);
        return answer;
    }

    /// <summary>The texts of each call of the provider.</summary>
    private IEnumerable<string[]> Asked() =>
        _host.Provider.Requests.Where(r => r.Path == "/v1/embeddings").Select(r => r.Json.GetProperty("input").EnumerateArray().Select(t => t.GetString()!).ToArray());

    private async Task CreateAsync(object cache, string type = "llm/v1/chat")
    {
        var made = await _host.PostAsync(Routes, new { name = "r", route_type = type, model = new { provider = "gpu-worker", name = "demo-llama" }, cache });
        Assert.True(made.Status == 201, made.Body);
    }
}
