using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

[Collection("gateway")]
public sealed class GatewayDispatchTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly object[] Hello = [new { role = "user", content = "Hello" }];
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("complete", "llm/v1/completions");
        await _host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Invocations_Chat_AnswersInCandidates()
    {
        var answer = await _host.PostAsync("/gateway/chat/invocations", new { messages = Hello, temperature = 0.1, max_tokens = 64, stop = new[] { "END" }, candidate_count = 1 });
        Assert.Equal(
            """{"candidates":[{"message":{"role":"assistant","content":"Hello there!"},"metadata":{"finish_reason":"stop"}}],"metadata":{"input_tokens":7,"output_tokens":3,"total_tokens":10,"model":"demo-llama","route_type":"llm/v1/chat"}}""",
            answer.Body);
        var sent = _host.Provider.Single("/v1/chat/completions").Json;
        Assert.Equal(0.1, sent.GetProperty("temperature").GetDouble());
        Assert.Equal(64, sent.GetProperty("max_tokens").GetInt32());
        Assert.Equal("END", sent.GetProperty("stop")[0].GetString());
        Assert.True(sent.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.True(double.Parse(answer.Headers["x-gateway-overhead-ms"], System.Globalization.CultureInfo.InvariantCulture) >= 0);
    }

    [Fact]
    public async Task Invocations_CompletionsAndEmbeddings_AnswerInTheirShapes()
    {
        var completion = await _host.PostAsync("/gateway/complete/invocations", new { prompt = "[INST] raw is allowed [/INST]" });
        Assert.Equal("""{"text":"Once upon","metadata":{"finish_reason":"stop"}}""", completion.Json.GetProperty("candidates")[0].GetRawText());
        Assert.Equal("[INST] raw is allowed [/INST]", _host.Provider.Single("/v1/completions").Json.GetProperty("prompt").GetString());

        var embeddings = await _host.PostAsync("/gateway/embed/invocations", new { text = new[] { "a", "b" } });
        Assert.Equal("""[[1,0,0],[0.9486833,0.31622776,0]]""", embeddings.Json.GetProperty("embeddings").GetRawText());
        Assert.Equal("Represent the document for retrieval: ", _host.Provider.Single("/v1/embeddings").Json.GetProperty("instruction").GetString());
        Assert.Equal(200, (await _host.PostAsync("/gateway/embed/invocations", new { text = "one" })).Status);
    }

    [Theory]
    [InlineData("/gateway/chat/invocations", """{"model":"x","messages":[]}""", 422, "model")]
    [InlineData("/gateway/chat/invocations", """{"messages":[{"role":"user","content":"x"}],"max_new_tokens":3}""", 422, "max_new_tokens")]
    [InlineData("/gateway/chat/invocations", """{"messages":[{"role":"user","content":"x"}],"stream":true}""", 422, "stream")]
    [InlineData("/gateway/chat/invocations", """{"messages":[]}""", 400, "messages")]
    [InlineData("/gateway/chat/invocations", """{"prompt":"x"}""", 400, "messages")]
    [InlineData("/gateway/complete/invocations", """{"prompt":""}""", 400, "prompt")]
    [InlineData("/gateway/embed/invocations", """{"text":["a",""]}""", 400, "text[1]")]
    [InlineData("/gateway/embed/invocations", """{}""", 400, "text")]
    [InlineData("/gateway/none/invocations", """{}""", 404, "route")]
    [InlineData("/gateway/chat@7/invocations", """{}""", 404, "route")]
    [InlineData("/gateway/a%20b/invocations", """{}""", 400, "route")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}]}""", 400, "model")]
    [InlineData("/v1/chat/completions", """{"model":"none","messages":[{"role":"user","content":"x"}]}""", 404, "model")]
    [InlineData("/v1/chat/completions", """{"model":"embed","messages":[{"role":"user","content":"x"}]}""", 400, "model")]
    [InlineData("/v1/completions", """{"model":"chat","prompt":"x"}""", 400, "model")]
    [InlineData("/v1/embeddings", """{"model":"chat","input":"x"}""", 400, "model")]
    [InlineData("/v1/embeddings", """{"model":"embed","input":[]}""", 400, "input")]
    [InlineData("/v1/embeddings", """{"model":"embed","input":"x","encoding_format":"hex"}""", 400, "encoding_format")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"n":129}""", 400, "n")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"tools":[{}]}""", 400, "tools[0].type")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]}""", 400, "tools")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"suffix":"y"}""", 400, "suffix")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null},{"role":"user","content":"x"}]}""", 400, "messages[1].content")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"model":"y"}""", 400, "model")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x","content":"y"}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"model":"chat","\ud800":1,"messages":[{"role":"user","content":"x"}]}""", 400, "body")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"\ud800"}]}""", 400, "body")]
    [InlineData("/v1/completions", """{"model":"complete","prompt":"x","logprobs":21}""", 400, "top_logprobs")]
    [InlineData("/v1/completions", """{"model":"complete","prompt":["a",1]}""", 400, "prompt[1]")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}""", 400, "response_format.type")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"tool","content":"x"}]}""", 400, "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user"}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[null]}""", 400, "messages[0]")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"a [inst] b"}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"temperature":2.1}""", 400, "temperature")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"temperature":"NaN"}""", 400, "temperature")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"temperature":1e999}""", 400, "temperature")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"top_p":1.5}""", 400, "top_p")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "max_tokens")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"max_tokens":2048}""", 400, "max_tokens")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"max_tokens":99999999999}""", 400, "max_tokens")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"stop":[5]}""", 400, "stop")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"stop":[""]}""", 400, "stop[0]")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":"x"}""", 400, "messages")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"system":"Be short."}""", 400, "system")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"instructions":"Be short."}""", 400, "instructions")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"stop_sequences":["a"]}""", 400, "stop_sequences")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"max_output_tokens":5}""", 400, "max_output_tokens")]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}],"extra_body":{"guided_choice":["a"]}}""", 400, "extra_body")]
    [InlineData("/v1/completions", """{"model":"complete","prompt":"x","max_new_tokens":5}""", 400, "max_new_tokens")]
    [InlineData("/v1/completions", """{"model":"complete","prompt":"x","options":{"num_predict":5}}""", 400, "options")]
    [InlineData("/v1/completions", """{"model":"complete","prompt":"x","max_completion_tokens":5}""", 400, "max_completion_tokens")]
    public async Task BadRequest_Sent_NamesTheFieldAndReachesNoProvider(string path, string body, int status, string field)
    {
        var answer = await _host.PostAsync(path, body);
        Assert.True(answer.Status == status, answer.Body);
        Assert.Equal(field, answer.Param);
        Assert.DoesNotContain(_host.Provider.Requests, r => r.Path != "/v1/models");
        Assert.Equal(200, (await _host.PostAsync("/v1/chat/completions", new { model = "chat", messages = Hello })).Status);
    }

    [Fact]
    public async Task TooManyMessages_Sent_AreRefused()
    {
        var messages = Enumerable.Range(0, 2049).Select(_ => new { role = "user", content = "x" });
        Assert.Equal("messages", (await _host.PostAsync("/v1/chat/completions", new { model = "chat", messages })).Param);
    }

    [Fact]
    public async Task ChatCompletions_Plain_AnswersInOpenAiShape()
    {
        var answer = (await _host.PostAsync("/v1/chat/completions", new { model = "chat", messages = Hello, n = 1, metadata = new { a = 1 } })).Json;
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("chat", answer.GetProperty("model").GetString());
        Assert.Equal("""{"index":0,"message":{"role":"assistant","content":"Hello there!","refusal":null},"logprobs":null,"finish_reason":"stop"}""", answer.GetProperty("choices")[0].GetRawText());
        Assert.Equal("""{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}""", answer.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task ChatCompletions_Streamed_SendsChunksUsageAndDone()
    {
        var answer = await _host.PostAsync("/v1/chat/completions", new { model = "chat", messages = Hello, stream = true, stream_options = new { include_usage = true } });
        var events = answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        var chunks = events[..^1].Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement).ToList();
        Assert.Equal("assistant", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal("Hello there!", string.Concat(chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : "")));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(10, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.All(chunks[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("usage").ValueKind));
        Assert.True(answer.Headers.ContainsKey("x-gateway-overhead-ms"));
    }

    [Fact]
    public async Task Completions_Streamed_SendsText()
    {
        var answer = await _host.PostAsync("/v1/completions", new { model = "complete", prompt = "x", stream = true });
        var events = answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Once upon", string.Concat(events[..^1].Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement.GetProperty("choices")[0].GetProperty("text").GetString())));
    }

    [Fact]
    public async Task Embeddings_Base64_HoldsTheSameFloats()
    {
        var plain = (await _host.PostAsync("/v1/embeddings", new { model = "embed", input = "x", instruction = "Represent: " })).Json;
        var base64 = (await _host.PostAsync("/v1/embeddings", new { model = "embed", input = "x", encoding_format = "base64" })).Json;
        var floats = plain.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()).ToArray();
        var bytes = base64.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(floats, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        Assert.Equal("Represent: ", _host.Provider.Requests.First(r => r.Path == "/v1/embeddings").Json.GetProperty("instruction").GetString());
    }

    [Fact]
    public async Task Models_Listed_AreTheRoutes()
    {
        var models = (await _host.GetAsync("/v1/models")).Json.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString());
        Assert.Equal(["chat", "complete", "embed"], models);
    }

    [Fact]
    public async Task OldVersion_Called_GoesToItsModel()
    {
        await _host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/chat", new { model = new { name = "newer" } });
        await _host.PostAsync("/v1/chat/completions", new { model = "chat@1", messages = Hello });
        await _host.PostAsync("/gateway/chat/invocations", new { messages = Hello });
        Assert.Equal(["demo-llama", "newer"], _host.Provider.Requests.Where(r => r.Path == "/v1/chat/completions").Select(r => r.Json.GetProperty("model").GetString()));
    }
}
