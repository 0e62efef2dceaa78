using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>What the worker can do comes through the gateway, in every shape that clients send and expect.</summary>
[Collection("gateway")]
public sealed class OpenAiShapesTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:MaxAnswerChars"] = "5000" });
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("complete", "llm/v1/completions");
        await _host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Clients_AskingTheWorker_AreTwoNamesThere()
    {
        string Name(int at) => _host.Provider.Requests.Where(r => r.Path == "/v1/chat/completions").ElementAt(at).Json.GetProperty("user").GetString()!;
        var (one, two) = (await KeyAsync("one"), await KeyAsync("two"));
        foreach (var (key, user) in new[] { (one, null), (one, null), (two, null), (two, "u"), (one, "u") })
            await _host.PostAsync("/v1/chat/completions", new { model = "chat", user, messages = new[] { new { role = "user", content = "x" } } }, key);
        Assert.Equal(Name(0), Name(1));
        Assert.Equal(4, new[] { Name(0), Name(2), Name(3), Name(4) }.Distinct().Count());
        await _host.PostAsync("/v1/embeddings", new { model = "embed", input = "x" }, one);
        Assert.Equal(Name(0), _host.Provider.Single("/v1/embeddings").Json.GetProperty("user").GetString());
    }

    [Fact]
    public async Task Completion_ListsLogprobsAndTokens_ReachTheWorker()
    {
        _host.Provider.On("/v1/completions", async http =>
        {
            foreach (var i in new[] { 1, 0, 3, 2 }) await FakeProvider.SendAsync(http, $$$"""{"model":"m","choices":[{"index":{{{i}}},"text":"t{{{i}}}","finish_reason":"stop","logprobs":{"tokens":["t"],"token_logprobs":[-1.5],"text_offset":[0]}}]}""");
            await FakeProvider.SendAsync(http, "[DONE]");
        });
        var answer = await _host.PostAsync("/v1/completions", """{"model":"complete","prompt":["a","b"],"n":2,"logprobs":1,"min_p":0.1,"logit_bias":{"5":1}}""");
        Assert.Equal(["t0", "t1", "t2", "t3"], answer.Json.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal("""{"tokens":["t"],"token_logprobs":[-1.5],"text_offset":[0]}""", answer.Json.GetProperty("choices")[3].GetProperty("logprobs").GetRawText());
        var sent = _host.Provider.Single("/v1/completions").Json;
        Assert.Equal(("""["a","b"]""", 2, 1), (sent.GetProperty("prompt").GetRawText(), sent.GetProperty("n").GetInt32(), sent.GetProperty("logprobs").GetInt32()));
        await _host.PostAsync("/v1/completions", """{"model":"complete","prompt":[1,518,25]}""");
        Assert.Equal("[1,518,25]", _host.Provider.Requests.Last(r => r.Path == "/v1/completions").Json.GetProperty("prompt").GetRawText());
    }

    [Fact]
    public async Task Completion_Streamed_HasFinishReasonInEveryChunk()
    {
        var answer = await _host.PostAsync("/v1/completions", new { model = "complete", prompt = "x", stream = true });
        var frames = answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1];
        Assert.All(frames, f => Assert.True(JsonDocument.Parse(f["data: ".Length..]).RootElement.GetProperty("choices")[0].TryGetProperty("finish_reason", out _)));
    }

    [Fact]
    public async Task Embeddings_TwoThousand_GoInBatchesOf256()
    {
        var answer = await _host.PostAsync("/v1/embeddings", new { model = "embed", input = Enumerable.Range(0, 2048).Select(i => $"w{i}") });
        Assert.Equal(Enumerable.Range(0, 2048), answer.Json.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("index").GetInt32()));
        Assert.All(_host.Provider.Requests.Where(r => r.Path == "/v1/embeddings"), r => Assert.Equal(256, r.Json.GetProperty("input").GetArrayLength()));
        Assert.Equal("input", (await _host.PostAsync("/v1/embeddings", new { model = "embed", input = Enumerable.Repeat("w", 2049) })).Param);
        Assert.Equal("input[1]", (await _host.PostAsync("/v1/embeddings", new { model = "embed", input = new[] { "a", " \n" } })).Param);
    }

    [Theory]
    [InlineData(null, "Represent the document for retrieval: ")]
    [InlineData("document", "Represent the document for retrieval: ")]
    [InlineData("query", "Represent the question for retrieving supporting documents: ")]
    [InlineData("Represent it: ", "Represent it: ")]
    public async Task Embeddings_Instruction_IsTheRoutesOrTheCallers(string? instruction, string words)
    {
        await _host.PostAsync("/v1/embeddings", new { model = "embed", input = "x", instruction });
        Assert.Equal(words, _host.Provider.Single("/v1/embeddings").Json.GetProperty("instruction").GetString());
    }

    [Fact]
    public async Task Model_ByItsId_IsFoundOrNot()
    {
        Assert.Equal("chat", (await _host.GetAsync("/v1/models/chat")).Json.GetProperty("id").GetString());
        Assert.Equal(404, (await _host.GetAsync("/v1/models/nope")).Status);
        Assert.Equal(404, (await _host.GetAsync("/v1/models/a%20b")).Status);
        var head = await _host.SendAsync(HttpMethod.Head, "/v1/models");
        Assert.Equal((200, ""), (head.Status, head.Body));
    }

    [Theory]
    [InlineData("gzip", 200)]
    [InlineData("deflate", 200)]
    [InlineData("br", 200)]
    [InlineData("identity", 200)]
    [InlineData("zstd", 415)]
    public async Task Body_Compressed_IsReadOrRefused(string encoding, int status)
    {
        var answer = await SendAsync(encoding, Pack(encoding, """{"model":"chat","messages":[{"role":"user","content":"x"}]}"""));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Body_BehindAByteOrderMark_IsRead()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. """{"model":"chat","messages":[{"role":"user","content":"x"}]}"""u8];
        Assert.Equal(200, (int)(await SendAsync("identity", body)).StatusCode);
    }

    /// <summary>What is wrong is named: 10¹² and seeds without a sign are integers, a body within the grammar is JSON, and none is none.</summary>
    [Theory]
    [InlineData("\"max_tokens\":1000000000000", "from -2147483648 to 2147483647")]
    [InlineData("\"seed\":18446744073709551615", "from -9223372036854775808 to 9223372036854775807")]
    [InlineData("\"seed\":1.5", "must be an integer.")]
    [InlineData("\"metadata\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "nested too deeply: 64 levels")]
    [InlineData(null, "The body is empty")]
    public async Task Refusals_SayWhatIsWrong(string? field, string said)
    {
        var answer = await _host.PostAsync("/v1/chat/completions", field is null ? " \n" : $$"""{"model":"chat","messages":[{"role":"user","content":"x"}],{{field}}}""");
        Assert.Equal(400, answer.Status);
        Assert.Contains(said, answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16.0", 16)]
    [InlineData("1e2", 100)]
    [InlineData("16.5", null)]
    [InlineData("1e400", null)]
    [InlineData("4294967296.0", null)]
    [InlineData("\"16\"", null)]
    public async Task Integer_WrittenWithAPointOrAnExponent_IsOne(string written, int? most)
    {
        var answer = await _host.PostAsync("/v1/chat/completions", $$"""{"model":"chat","messages":[{"role":"user","content":"x"}],"max_tokens":{{written}},"seed":3.0}""");
        Assert.Equal(most is null ? 400 : 200, answer.Status);
        if (most is null) Assert.Equal("max_tokens", answer.Param);
        else Assert.Equal((most, 3), (_host.Provider.Single("/v1/chat/completions").Json.GetProperty("max_tokens").GetInt32(), _host.Provider.Single("/v1/chat/completions").Json.GetProperty("seed").GetInt32()));
    }

    [Fact]
    public async Task Body_GzipBombOrGarbage_IsRefused()
    {
        Assert.Equal(413, (int)(await SendAsync("gzip", Pack("gzip", new string(' ', 20_000_000)))).StatusCode);
        Assert.Equal(400, (int)(await SendAsync("gzip", [1, 2, 3])).StatusCode);
        Assert.Equal(413, (int)(await SendAsync("br", Pack("br", new string(' ', 20_000_000)))).StatusCode);
        Assert.Equal(400, (int)(await SendAsync("br", [255, 255, 255, 1, 2, 3])).StatusCode);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(405)]
    [InlineData(500)]
    [InlineData(501)]
    [InlineData(503)]
    [InlineData(200)]
    public async Task ModelList_FailingOrWithoutTheModel_CostsOneCallAndNoAnswer(int status)
    {
        _host.Provider.On("/v1/models", http => status == 200 ? FakeProvider.Json(http, new { data = new[] { new { id = "another" } } }) : FakeProvider.Error(http, status));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await _host.PostAsync("/v1/chat/completions", new { model = "chat", max_tokens = 5, messages = new[] { new { role = "user", content = "x" } } })).Status);
        Assert.Equal(1, _host.Provider.Count("/v1/models"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upstream_ThatNeverStops_IsCutOff(bool stream)
    {
        _host.Provider.On("/v1/chat/completions", async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested) await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, new string('x', 100), null));
        });
        var answer = await _host.PostAsync("/v1/chat/completions", new { model = "chat", stream, messages = new[] { new { role = "user", content = "x" } } });
        Assert.Contains("upstream_answer_too_long", answer.Body, StringComparison.Ordinal);
        Assert.InRange(answer.Body.Length, 1, 40_000);
    }

    [Fact]
    public async Task Endpoints_OfLaterMlflow_AnswerInOpenAiShapesAndStream()
    {
        var chat = await _host.PostAsync("/endpoints/chat/invocations", """{"messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal(("chat.completion", "Hello there!"), (chat.Json.GetProperty("object").GetString(), chat.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        var stream = await _host.PostAsync("/endpoints/complete/invocations", """{"prompt":"x","stream":true}""");
        Assert.Contains("\"object\":\"text_completion_chunk\"", stream.Body, StringComparison.Ordinal);
        Assert.Contains("\"delta\":{\"content\":\"Once\"}", stream.Body, StringComparison.Ordinal);
        Assert.Equal("list", (await _host.PostAsync("/endpoints/embed/invocations", """{"input":["a"]}""")).Json.GetProperty("object").GetString());
        Assert.Equal(1, (await _host.PostAsync("/gateway/embed/invocations", """{"input":"a"}""")).Json.GetProperty("embeddings").GetArrayLength());
        Assert.Equal(422, (await _host.PostAsync("/endpoints/chat/invocations", """{"model":"x","messages":[]}""")).Status);
    }

    [Fact]
    public async Task Responses_CreatedAndStreamed_AreOpenAis()
    {
        var whole = (await _host.PostAsync("/v1/responses", """{"model":"chat","instructions":"S","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}],"max_output_tokens":9,"text":{"format":{"type":"json_object"}}}""")).Json;
        Assert.Equal(("response", "completed", false), (whole.GetProperty("object").GetString(), whole.GetProperty("status").GetString(), whole.GetProperty("store").GetBoolean()));
        Assert.Equal("Hello there!", whole.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(3, whole.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        var sent = _host.Provider.Single("/v1/chat/completions").Json;
        Assert.Equal("""[{"role":"system","content":"S"},{"role":"user","content":"Hi"}]""", sent.GetProperty("messages").GetRawText());
        Assert.Equal((9, """{"type":"json_object"}"""), (sent.GetProperty("max_tokens").GetInt32(), sent.GetProperty("response_format").GetRawText()));

        var stream = await _host.PostAsync("/v1/responses", """{"model":"chat","input":"Hi","stream":true}""");
        Assert.Equal(
            ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"],
            stream.Body.Split('\n').Where(l => l.StartsWith("event: ", StringComparison.Ordinal)).Select(l => l["event: ".Length..]));
        Assert.Equal("previous_response_id", (await _host.PostAsync("/v1/responses", """{"model":"chat","input":"Hi","previous_response_id":"resp_1"}""")).Param);
        Assert.Equal("input", (await _host.PostAsync("/v1/responses", """{"model":"chat"}""")).Param);
        Assert.Equal("tools[0].type", (await _host.PostAsync("/v1/responses", """{"model":"chat","input":"x","tools":[{"type":"web_search"}]}""")).Param);
    }

    /// <summary>LiteLLM #36768: a response that failed became 200 and an empty stop.</summary>
    [Fact]
    public async Task LiteLlm36768_ResponseFailingInTheMiddle_SaysSo()
    {
        _host.Provider.On("/v1/chat/completions", http => FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null)));
        await _host.CreateRouteAsync("plain");
        var stream = await _host.PostAsync("/v1/responses", """{"model":"chat","input":"Hi","stream":true}""");
        Assert.Contains("event: response.failed\n", stream.Body, StringComparison.Ordinal);
        Assert.Contains("\"error\":{\"code\":\"upstream_unreachable\"", stream.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("response.completed", stream.Body, StringComparison.Ordinal);
        Assert.Equal(502, (await _host.PostAsync("/v1/responses", """{"model":"chat","input":"Hi"}""")).Status);
    }

    private static byte[] Pack(string encoding, string text)
    {
        using var packed = new MemoryStream();
        using (Stream pack = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Compress, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            pack.Write(Encoding.UTF8.GetBytes(text));
            pack.Flush();
            if (encoding is not ("gzip" or "deflate" or "br")) return packed.ToArray();
        }

        return packed.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(string encoding, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add(encoding);
        return await _host.Http.PostAsync("/v1/chat/completions", content);
    }

    private async Task<string> KeyAsync(string name) =>
        (await _host.PostAsync("/clients", new { name })).Json.GetProperty("key").GetString()!;
}
