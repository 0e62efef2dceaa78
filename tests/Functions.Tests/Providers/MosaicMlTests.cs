using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class MosaicMlTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(azurite);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Completion_Sent_SpeaksThePredictWire()
    {
        await CreateAsync("llm/v1/completions", "llama2-70b-chat");
        _host.Provider.On("/llama2-70b-chat/v1/predict", http => FakeProvider.Json(http, new { outputs = new[] { "One. END two" } }));
        var answer = await _host.PostAsync("/gateway/m/invocations", new { prompt = "Say", temperature = 0.1, max_tokens = 9, stop = new[] { "END" } });
        Assert.Equal("One. ", answer.Json.GetProperty("candidates")[0].GetProperty("text").GetString());
        Assert.Equal("""{"model":"llama2-70b-chat","route_type":"llm/v1/completions"}""", answer.Json.GetProperty("metadata").GetRawText());
        var sent = _host.Provider.Single("/llama2-70b-chat/v1/predict");
        Assert.Equal("""{"inputs":["Say"],"parameters":{"temperature":0.1,"max_new_tokens":9}}""", sent.Body);
        Assert.Equal("the-key", sent.Authorization);
    }

    [Fact]
    public async Task Chat_Sent_IsMetasFormat()
    {
        await CreateAsync("llm/v1/chat", "llama2-70b-chat");
        _host.Provider.On("/llama2-70b-chat/v1/predict", http => FakeProvider.Json(http, new { outputs = new[] { "ok" } }));
        var messages = new[] { new { role = "system", content = "S" }, new { role = "user", content = " u1 " }, new { role = "assistant", content = "a1" }, new { role = "user", content = "u2" } };
        var answer = await _host.PostAsync("/v1/chat/completions", new { model = "m", messages });
        Assert.Equal(200, answer.Status);
        Assert.False(answer.Json.TryGetProperty("usage", out _));
        var prompt = _host.Provider.Single("/llama2-70b-chat/v1/predict").Json.GetProperty("inputs")[0].GetString();
        Assert.Equal("[INST] <<SYS>>\nS\n<</SYS>>\n\n u1 [/INST] a1 </s><s>[INST] u2 [/INST]", prompt);

        Assert.Equal(200, (await _host.PostAsync("/v1/chat/completions", new { model = "m", messages = new[] { messages[1], messages[3] } })).Status);
        Assert.Equal("[INST] u1 \n\nu2 [/INST]", _host.Provider.Requests.Last().Json.GetProperty("inputs")[0].GetString());
    }

    [Fact]
    public async Task Embeddings_Sent_PairInstructionAndText()
    {
        await CreateAsync("llm/v1/embeddings", "instructor-xl");
        _host.Provider.On("/instructor-xl/v1/predict", http => FakeProvider.Json(http, new { outputs = new[] { new[] { 0f, 2f }, new[] { 1f, 0f } } }));
        var answer = await _host.PostAsync("/gateway/m/invocations", new { text = new[] { "a", "b" } });
        Assert.Equal("[[0,1],[1,0]]", answer.Json.GetProperty("embeddings").GetRawText());
        Assert.Equal("""{"inputs":[["Represent the document for retrieval: ","a"],["Represent the document for retrieval: ","b"]]}""", _host.Provider.Single("/instructor-xl/v1/predict").Body);
    }

    [Theory]
    [InlineData("[[1,0]]")]
    [InlineData("[[1,0],[1]]")]
    [InlineData("[[1,0],[0,0]]")]
    [InlineData("[[1,0],null]")]
    [InlineData("\"x\"")]
    public async Task Embeddings_NotWhatWasAskedFor_Are502(string outputs)
    {
        await CreateAsync("llm/v1/embeddings", "instructor-xl");
        _host.Provider.On("/instructor-xl/v1/predict", http => FakeProvider.Json(http, JsonDocument.Parse($"{{\"outputs\":{outputs}}}").RootElement));
        Assert.Equal("upstream_invalid_response", (await _host.PostAsync("/gateway/m/invocations", new { text = new[] { "a", "b" } })).Code);
    }

    [Theory]
    [InlineData("Error: max output tokens is limited to 1024 but 2000 was requested")]
    [InlineData("Error: prompt token count 5000 exceeds 4096")]
    public async Task TooLong_Answered500_IsTheCallersError(string text)
    {
        await CreateAsync("llm/v1/completions", "llama2-70b-chat");
        _host.Provider.On("/llama2-70b-chat/v1/predict", http => FakeProvider.Error(http, 500, text));
        var answer = await _host.PostAsync("/gateway/m/invocations", new { prompt = "x" });
        Assert.Equal((422, "context_length_exceeded"), (answer.Status, answer.Code));
        Assert.Equal(1, _host.Provider.Count("/llama2-70b-chat/v1/predict"));
    }

    private async Task CreateAsync(string type, string model)
    {
        var config = new { mosaicml_api_key = "the-key", mosaicml_api_base = _host.Provider.Address.AbsoluteUri };
        var answer = await _host.PostAsync("/api/2.0/gateway/routes", new { name = "m", route_type = type, model = new { name = model, provider = "mosaicml", mosaicml_config = config } });
        Assert.True(answer.Status == 201, answer.Body);
    }
}
