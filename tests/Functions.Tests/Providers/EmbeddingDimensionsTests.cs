using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>OpenAI's <c>dimensions</c>: told to who has it under its own name, refused by name elsewhere, and never silently without effect.</summary>
[Collection("gateway")]
public sealed class EmbeddingDimensionsTests(AzuriteFixture azurite)
{
    private const string OpenAi = """{"openai_api_base":"BASE/v1"}""";
    private const string Vectors = """{"data":[{"index":0,"embedding":[0.6,0.8]}],"usage":{"prompt_tokens":3}}""";

    [Theory]
    [InlineData("openai", OpenAi, "/v1/embeddings", Vectors, "dimensions")]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "/openai/v1/embeddings", Vectors, "dimensions")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/embed", """{"embeddings":{"float":[[0.6,0.8]]}}""", "output_dimension")]
    [InlineData("gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", "/v1beta/models/m-1:batchEmbedContents", """{"embeddings":[{"values":[0.6,0.8]}]}""", "outputDimensionality")]
    public async Task Dimensions_WhereTheProviderHasThem_AreToldByItsName(string provider, string block, string path, string vectors, string name)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block, "llm/v1/embeddings");
        vendor.Answers(path, vectors);
        var answer = await AskAsync(vendor, ",\"dimensions\":2");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(2, answer.Json.GetProperty("data")[0].GetProperty("embedding").GetArrayLength());
        Assert.Contains($"\"{name}\":2", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu-worker", """{"gpu_worker_api_base":"BASE"}""")]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""")]
    public async Task Dimensions_WhereItHasNone_AreRefusedByName(string provider, string block)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block, "llm/v1/embeddings");
        var answer = await AskAsync(vendor, ",\"dimensions\":2");
        Assert.Equal((400, "dimensions"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"2\"")]
    public async Task Dimensions_ThatAreNone_AreRefusedByName(string dimensions)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        var answer = await AskAsync(vendor, $",\"dimensions\":{dimensions}");
        Assert.Equal((400, "dimensions"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Dimensions_ThatTheServerDoesNotHeed_AreNotPassedOffAsHeeded()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        vendor.Answers("/v1/embeddings", Vectors);
        var answer = await AskAsync(vendor, ",\"dimensions\":1");
        Assert.Equal((400, "dimensions"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Vectors_OfOtherDimensions_AreOthersInTheCache()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/embeddings");
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"cache":{"ttl_seconds":60}}""")).Status);
        vendor.Answers("/v1/embeddings", Vectors);
        Assert.Equal(200, (await AskAsync(vendor, "")).Status);
        Assert.Equal("hit", (await AskAsync(vendor, "")).Headers["x-cache"]);
        Assert.Equal("miss", (await AskAsync(vendor, ",\"dimensions\":2")).Headers["x-cache"]);
        Assert.Equal(2, vendor.Host.Provider.Requests.Count);
    }

    private static Task<GatewayHost.Answer> AskAsync(VendorHost vendor, string rest) => vendor.Host.PostAsync("/v1/embeddings", $$"""{"model":"r","input":"a"{{rest}}}""");
}
