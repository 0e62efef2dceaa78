using System.Net;
using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

[Collection("stack")]
public sealed class RouteTests(StackFixture fixture)
{
    private readonly HttpClient _http = fixture.Stack.Http;

    [Fact]
    public async Task Route_CreatedLikeMlflow_NeverGivesItsKeyBack()
    {
        const string Key = "mosaic-key-0123456789abcdef";
        var body = new { name = "mosaic", route_type = "llm/v1/completions", model = new { name = "llama2-70b-chat", provider = "mosaicml", mosaicml_config = new { mosaicml_api_key = Key } } };
        var (created, answer) = await _http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", body);
        Assert.True(created is HttpStatusCode.OK or HttpStatusCode.Created, answer.ToString());
        var (_, read) = await _http.SendAsync(HttpMethod.Get, "/api/2.0/gateway/routes/mosaic");
        var (_, list) = await _http.SendAsync(HttpMethod.Get, "/api/2.0/gateway/routes");
        Assert.Equal("mosaicml", read.GetProperty("model").GetProperty("provider").GetString());
        Assert.DoesNotContain(Key, answer.ToString() + read + list, StringComparison.Ordinal);

        foreach (var file in Directory.EnumerateFiles(fixture.Stack.Data, "*", SearchOption.AllDirectories))
            Assert.False(ContainsText(file, Key), $"The key stands in {file}.");

        var (deleted, _) = await _http.SendAsync(HttpMethod.Delete, "/api/2.0/gateway/routes/mosaic");
        Assert.True((int)deleted is 200 or 204);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.SendAsync(HttpMethod.Get, "/api/2.0/gateway/routes/mosaic")).Status);
    }

    [Fact]
    public async Task Route_Updated_KeepsItsOlderVersionsCallable()
    {
        var body = new { name = "versions", route_type = "llm/v1/chat", model = new { name = "demo-llama", provider = "gpu-worker" } };
        await _http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", body);
        var (patched, second) = await _http.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/versions", new { model = new { name = "no-such-model", provider = "gpu-worker" } });
        Assert.Equal(HttpStatusCode.OK, patched);
        Assert.Equal(2, second.GetProperty("version").GetInt32());

        var chat = new { messages = new[] { new { role = "user", content = "Hello" } }, max_tokens = 4 };
        Assert.NotEqual(HttpStatusCode.OK, (await _http.SendAsync(HttpMethod.Post, "/gateway/versions/invocations", chat)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(HttpMethod.Post, "/gateway/versions@1/invocations", chat)).Status);

        await _http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes/versions/versions/1/restore");
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(HttpMethod.Post, "/gateway/versions/invocations", chat)).Status);
        await _http.SendAsync(HttpMethod.Delete, "/api/2.0/gateway/routes/versions");
    }

    [Fact]
    public async Task Embeddings_ThroughRoute_AreOfUnitLength()
    {
        var (status, answer) = await _http.SendAsync(HttpMethod.Post, "/v1/embeddings", new { model = "demo-instructor", input = new[] { "roses", "tomatoes" } });
        Assert.Equal(HttpStatusCode.OK, status);
        foreach (var item in answer.GetProperty("data").EnumerateArray())
            Assert.Equal(1, item.GetProperty("embedding").EnumerateArray().Sum(v => v.GetDouble() * v.GetDouble()), 3);
    }

    private static bool ContainsText(string file, string text)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.GetBuffer().AsSpan(0, (int)memory.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
