using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Token ids to embed, as LangChain's OpenAIEmbeddings sends them unasked (langchain #35252): passed on where the model's tokenizer is the client's, refused by name elsewhere, limited and metered by their number.</summary>
[Collection("gateway")]
public sealed class EmbeddingTokensTests(AzuriteFixture azurite)
{
    private const string OpenAi = """{"openai_api_base":"BASE/v1"}""";
    private const string Path = "/v1/embeddings";

    [Theory]
    [InlineData("[5,6,7]", "[[5,6,7]]", 1)]
    [InlineData("[[5,6],[7]]", "[[5,6],[7]]", 2)]
    public async Task Ids_WhereTheProviderTakesThem_ArePassedOn(string input, string sent, int vectors)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        vendor.Answers(Path, $$"""{"data":[{{string.Join(',', Enumerable.Range(0, vectors).Select(i => $$"""{"index":{{i}},"embedding":[0.6,0.8]}"""))}}]}""");
        var answer = await AskAsync(vendor, input);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(vectors, answer.Json.GetProperty("data").GetArrayLength());
        Assert.Equal(sent, vendor.Sent.Json.GetProperty("input").GetRawText());
    }

    [Fact]
    public async Task Ids_CountAsTheTokensThatTheyAre()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        vendor.Answers(Path, """{"data":[{"index":0,"embedding":[0.6,0.8]}]}""");
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Put, "/limits/routes/r", """{"limits":[{"tokens":100,"renewal_period":"day"}]}""")).Status);
        var ids = $"[{string.Join(',', Enumerable.Range(0, 60))}]";
        Assert.Equal(200, (await AskAsync(vendor, ids)).Status);
        Assert.Equal(429, (await AskAsync(vendor, ids)).Status);
    }

    [Theory]
    [InlineData("[[1,2],\"a\"]", "input[1]")]
    [InlineData("[[1,-2]]", "input[0]")]
    [InlineData("[[]]", "input[0]")]
    [InlineData("[1,\"a\"]", "input")]
    [InlineData("[1.5]", "input")]
    public async Task Ids_ThatAreNone_AreRefusedByTheirPlace(string input, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        var answer = await AskAsync(vendor, input);
        Assert.Equal((400, param), (answer.Status, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Theory]
    [InlineData("gpu-worker", """{"gpu_worker_api_base":"BASE"}""")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""")]
    public async Task Ids_WhereNobodyKnowsThem_AreRefusedByName(string provider, string block)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block, "llm/v1/embeddings");
        var answer = await AskAsync(vendor, "[5,6]");
        Assert.Equal((400, "input", "unsupported_parameter"), (answer.Status, answer.Param, answer.Code));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Fact]
    public async Task Ids_BehindGuards_AreRefusedAndPastACacheAsked()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        vendor.Answers(Path, """{"data":[{"index":0,"embedding":[0.6,0.8]}]}""");
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"cache":{"ttl_seconds":60}}""")).Status);
        Assert.Equal(200, (await AskAsync(vendor, "[5,6]")).Status);
        Assert.Equal(200, (await AskAsync(vendor, "[5,7]")).Status);
        Assert.Equal(2, vendor.Host.Provider.Requests.Count);
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"input":[{"pii":"email","action":"block"}]}}""")).Status);
        Assert.Equal("input", (await AskAsync(vendor, "[5,6]")).Param);
    }

    private static Task<GatewayHost.Answer> AskAsync(VendorHost vendor, string input) => vendor.Host.PostAsync(Path, $$"""{"model":"r","input":{{input}}}""");
}
