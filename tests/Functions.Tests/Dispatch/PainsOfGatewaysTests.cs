using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Limits;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>
/// What users of other gateways have asked for in vain, where no other test of ours has the name: LiteLLM #38176, #36168, Bifrost #5673, agentgateway #3302 and MLflow #23345 are in
/// LimitEnforcementTests, LiteLLM #40404 in TargetTests, #36768 in OpenAiShapesTests.
/// </summary>
[Collection("gateway")]
public sealed class PainsOfGatewaysTests(AzuriteFixture azurite)
{
    private const string Op = GatewayHost.OperatorKey;

    /// <summary>LiteLLM #37923: what Google's models streamed cost nothing.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(""","stream":true""")]
    [InlineData(""","stream":true,"stream_options":{"include_usage":true}""")]
    public async Task LiteLlm37923_GoogleStreamed_CostsWhatItTook(string how)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        const string Answer = """{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"cachedContentTokenCount":2}}""";
        vendor.Streams("/v1beta/models/m-1:streamGenerateContent", $"data: {Answer}\r\n\r\n");
        vendor.Answers("/v1beta/models/m-1:generateContent", Answer);
        await LimitFixture.PriceAsync(vendor.Host, new { model = "m-1", input = 10, cached_input = 1, output = 100 });
        await vendor.ChatAsync(how);
        await vendor.Host.Services.GetRequiredService<UsageLedger>().FlushAsync(default);
        var record = Assert.Single(await LimitFixture.ReadAsync(vendor.Host));
        Assert.Equal((3, 2, 4), (record.PromptTokens, record.CachedTokens, record.CompletionTokens));
        // 1 x 10 + 2 x 1 + 4 x 100 millionths.
        Assert.Equal(0.000412m, record.CostUsd);
    }

    /// <summary>agentgateway #2171: keys were a matter of configuration files. Here they are made, restricted, limited and withdrawn while the gateway runs, at every instance.</summary>
    [Fact]
    public async Task Agentgateway2171_Keys_AreMadeLimitedAndWithdrawnAtRunTime()
    {
        Dictionary<string, string?> settings = new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op, ["Gateway:ClientCheckSeconds"] = "0", ["Gateway:RouteCacheSeconds"] = "0" };
        await using var host = await GatewayHost.StartAsync(azurite, settings);
        await using var other = await GatewayHost.StartAsync(azurite, settings, sharing: host);
        foreach (var name in (string[])["chat", "other"]) await host.PostAsync("/api/2.0/gateway/routes", new { name, route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = "demo-llama" } }, Op);
        var made = (await host.PostAsync("/clients", new { name = "team", allowed_routes = new[] { "chat" } }, Op)).Json;
        var (id, key) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        Assert.Equal((200, 403), (await AskAsync(other, "chat"), await AskAsync(other, "other")));
        await host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { allowed_routes = new[] { "chat", "other" } }, Op);
        Assert.Equal(200, await AskAsync(other, "other"));
        await host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", new { limits = new[] { new { calls = 0, renewal_period = "day" } } }, Op);
        Assert.Equal((429, 429), (await AskAsync(host, "chat"), await AskAsync(other, "chat")));
        await host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, Op);
        Assert.Equal((401, 401), (await AskAsync(host, "chat"), await AskAsync(other, "chat")));

        async Task<int> AskAsync(GatewayHost at, string route) => (await at.PostAsync("/v1/chat/completions", new { model = route, messages = new[] { new { role = "user", content = "x" } } }, key)).Status;
    }

    /// <summary>
    /// envoyproxy/ai-gateway #30: answers that are given again. The same question is answered once, by whichever chat endpoint, the responses API among them, and whether streamed; one that only means the same is asked anew: an
    /// answer to another question is wrong more often than it is worth.
    /// </summary>
    [Fact]
    public async Task EnvoyAiGateway30_SameQuestion_IsAnsweredOnceByEveryChatEndpoint()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/chat", new { cache = new { ttl_seconds = 60 } });
        foreach (var endpoint in (string[])["chat", "chat stream", "endpoints chat", "endpoints chat stream", "invoke chat", "responses", "responses stream"])
        {
            Assert.Equal(200, (await LimitFixture.AskAsync(host, endpoint)).Status);
            Assert.Equal((endpoint, 1), (endpoint, host.Provider.Count("/v1/chat/completions")));
        }

        await LimitFixture.AskAsync(host, "chat", text: "Hello!");
        Assert.Equal(2, host.Provider.Count("/v1/chat/completions"));
    }
}
