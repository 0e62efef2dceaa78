using System.Text.Json;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class CompletionsTests : IAsyncLifetime
{
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Completion_RawPrompt_IsEncodedAsItIsAfterBos()
    {
        var answer = await _worker.PostJsonAsync("/v1/completions", new { prompt = "<s>[INST] a" });
        Assert.Equal([1, .. "<s>[INST] a".Select(CharTokenizer.IdOf)], _worker.Engine.Requests.Single().PromptTokens);
        Assert.Equal("text_completion", answer.GetProperty("object").GetString());
        Assert.Equal("Water it less.", answer.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(12, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("[1,5,6]", 1)]
    [InlineData("[[1,5],[7]]", 2)]
    public async Task Completion_TokenIds_AreThePromptAsTheyAre(string prompt, int count)
    {
        var answer = await _worker.PostJsonAsync("/v1/completions", $$"""{"prompt":{{prompt}}}""");
        Assert.Equal(count, answer.GetProperty("choices").GetArrayLength());
        Assert.Equal(count == 1 ? [1, 5, 6] : [1, 5], _worker.Engine.Requests.First(r => r.PromptTokens[0] == 1).PromptTokens);
        await _worker.RefusedAsync("/v1/completions", """{"prompt":[[1],[99999999]]}""", "prompt[1][0]");
        await _worker.RefusedAsync("/v1/completions", """{"prompt":[[1],[]]}""", "prompt[1]");
    }

    /// <summary>As JSON has them, and as gateways in languages without integers write them.</summary>
    [Theory]
    [InlineData("16.0", "1.0", "[1.0,5e0]")]
    [InlineData("1.6e1", "100e-2", "[1,5]")]
    [InlineData("\"16\"", "\"1\"", "[1,5]")]
    public async Task Completion_WholeNumbersHoweverWritten_AreIntegers(string sixteen, string one, string ids)
    {
        await _worker.PostJsonAsync("/v1/completions", $$"""{"prompt":{{ids}},"max_tokens":{{sixteen}},"seed":{{one}},"n":{{one}},"stop_token_ids":[{{sixteen}}],"logprobs":{{one}} }""");
        var request = _worker.Engine.Requests.Single();
        Assert.Equal((16, 1UL, 1), (request.MaxTokens, request.Sampling.Seed, request.Sampling.Logprobs!.Value));
        Assert.Equal([16], request.StopTokens);
        Assert.Equal([1, 5], request.PromptTokens);
    }

    [Theory]
    [InlineData("max_tokens", "16.5")]
    [InlineData("max_tokens", "2147483648")]
    [InlineData("max_tokens", "1e10")]
    [InlineData("max_tokens", "1e99")]
    [InlineData("max_tokens", "\"16.0\"")]
    [InlineData("seed", "9223372036854775808")]
    [InlineData("seed", "0.5")]
    public async Task Completion_NumbersThatAreNoIntegersOrTooLarge_AreRefusedWithTheRange(string field, string value)
    {
        var error = await _worker.RefusedAsync("/v1/completions", $$"""{"prompt":"a","{{field}}":{{value}} }""", field, "invalid_type");
        Assert.Contains("an integer from -", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_BodyWithAByteOrderMark_IsRead()
    {
        using var content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. """{"prompt":"a"}"""u8]);
        content.Headers.ContentType = new("application/json");
        using var response = await _worker.Client.PostAsync(new Uri("/v1/completions", UriKind.Relative), content);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Completion_BestOfAsManyAsAreTold_AsksForNothingMore()
    {
        var answer = await _worker.PostJsonAsync("/v1/completions", """{"prompt":"a","best_of":2,"n":2}""");
        Assert.Equal(2, answer.GetProperty("choices").GetArrayLength());
        await _worker.RefusedAsync("/v1/completions", """{"prompt":"a","best_of":3,"n":2}""", "best_of");
    }

    [Fact]
    public async Task CompletionStream_Chunks_HaveAFinishReasonThatIsNullUntilTheEnd()
    {
        var events = await _worker.StreamAsync("/v1/completions", new { prompt = "a", stream = true });
        var reasons = events[..^1].Select(e => JsonSerializer.Deserialize<JsonElement>(e).GetProperty("choices")[0].GetProperty("finish_reason"));
        Assert.Equal(["stop"], reasons.Where(r => r.ValueKind != JsonValueKind.Null).Select(r => r.GetString()));
    }

    [Fact]
    public async Task Request_CompressedOrOfAnotherMethod_IsReadOrSaysWhatIsTaken()
    {
        foreach (var (encoding, status) in new[] { ("gzip", 200), ("deflate", 200), ("identity", 200), ("br", 200), ("zstd", 415) })
        {
            using var packed = new MemoryStream();
            using (Stream pack = encoding switch
            {
                "gzip" => new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true),
                "deflate" => new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true),
                "br" => new System.IO.Compression.BrotliStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true),
                _ => packed,
            })
            {
                pack.Write("""{"prompt":"a"}"""u8);
                pack.Flush();
                if (pack != packed) pack.Dispose();
                using var content = new ByteArrayContent(packed.ToArray());
                content.Headers.ContentType = new("application/json");
                content.Headers.ContentEncoding.Add(encoding);
                using var answer = await _worker.Client.PostAsync("/v1/completions", content);
                Assert.Equal(status, (int)answer.StatusCode);
            }
        }

        using var head = await _worker.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v1/models"));
        Assert.Equal((200, 0), ((int)head.StatusCode, (await head.Content.ReadAsByteArrayAsync()).Length));
        using var put = await _worker.Client.PutAsync("/v1/models", null);
        Assert.Equal((405, true), ((int)put.StatusCode, put.Content.Headers.Allow.Contains("GET")));
    }

    [Theory]
    [InlineData("Once upon", " a time")]
    [InlineData("[INST] Why? [/INST]", "a time")]
    public async Task Completion_FirstSpace_IsKeptUnlessThePromptAsksForAnAnswer(string prompt, string expected)
    {
        _worker.Engine.Answer = _ => " a time";
        var answer = await _worker.PostJsonAsync("/v1/completions", new { prompt });
        Assert.Equal(expected, answer.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Completion_PromptsAndChoices_AreIndexedPromptByPrompt()
    {
        _worker.Engine.Answer = r => $"{r.PromptTokens.Length}/{r.Sampling.Seed}";
        var answer = await _worker.PostJsonAsync("/v1/completions", new { prompt = new[] { "a", "bb", "ccc" }, n = 2, seed = 1 });
        var texts = answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!).ToArray();
        Assert.Equal(["2", "2", "3", "3", "4", "4"], texts.Select(t => t.Split('/')[0]));
        Assert.Equal("2/1", texts[0]);
        Assert.Equal("3/1", texts[2]);
        Assert.Equal(2 + 3 + 4, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task CompletionStream_Events_AreTextThenFinishThenUsageThenDone()
    {
        var events = await _worker.StreamAsync("/v1/completions", new { prompt = "a", stream = true, stream_options = new { include_usage = true } });
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(e => JsonSerializer.Deserialize<JsonElement>(e)).ToArray();
        Assert.Equal(17, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.All(chunks[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("usage").ValueKind));
        Assert.Equal("Water it less.", string.Concat(chunks[..^1].Select(c => c.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("{}", "prompt")]
    [InlineData("""{"prompt":[]}""", "prompt")]
    [InlineData("""{"prompt":""}""", "prompt")]
    [InlineData("""{"prompt":["a",""]}""", "prompt[1]")]
    [InlineData("""{"prompt":["1","2","3","4","5","6","7","8","9","1","2","3","4","5","6","7","8","9","1","2","3","4","5","6","7","8","9","1","2","3","4","5","6"]}""", "prompt")]
    [InlineData("""{"prompt":"a","echo":"b"}""", "echo")]
    [InlineData("""{"prompt":"a","max_tokens":0}""", "max_tokens")]
    [InlineData("""{"prompt":"a","max_tokens":-1,"echo":true}""", "max_tokens")]
    [InlineData("""{"prompt":"a","max_tokens":0,"min_tokens":1,"echo":true}""", "min_tokens")]
    [InlineData("""{"prompt":"a","max_tokens":0,"echo":true,"resume":{"token_ids":[5]}}""", "resume.token_ids")]
    [InlineData("""{"prompt":"a","prompt_logprobs":-1}""", "prompt_logprobs")]
    [InlineData("""{"prompt":"a","prompt_logprobs":21}""", "prompt_logprobs")]
    [InlineData("""{"prompt":"a","prompt_logprobs":true}""", "prompt_logprobs")]
    [InlineData("""{"prompt":"a","prompt_logprobs":0,"stream":true}""", "prompt_logprobs")]
    [InlineData("""{"prompt":"a","best_of":2}""", "best_of")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", "suffix")]
    [InlineData("""{"prompt":"a","max_completion_tokens":2}""", "max_completion_tokens")]
    [InlineData("""{"prompt":"a","top_logprobs":2}""", "top_logprobs")]
    [InlineData("""{"prompt":"a","add_special_tokens":false}""", "add_special_tokens")]
    [InlineData("""{"prompt":"a","logprobs":21}""", "logprobs")]
    [InlineData("""{"prompt":"a","logprobs":-1}""", "logprobs")]
    [InlineData("""{"prompt":"a","logprobs":true}""", "logprobs")]
    [InlineData("""{"prompt":["a","b"],"resume":{"token_ids":[5]}}""", "prompt")]
    public Task Completion_Bad_NamesTheField(string body, string param) => _worker.RefusedAsync("/v1/completions", body, param);

    /// <summary>What guidellm sends: the limit by both of its names, and an end only there.</summary>
    [Fact]
    public async Task Completion_LimitByBothNames_IsTakenWhereTheyAgree()
    {
        await _worker.PostJsonAsync("/v1/completions", """{"prompt":"a","max_tokens":1,"max_completion_tokens":1,"stop":null,"ignore_eos":true}""");
        Assert.Equal((1, true), (_worker.Engine.Requests.Single().MaxTokens, _worker.Engine.Requests.Single().IgnoresEos));
        await _worker.RefusedAsync("/v1/completions", """{"prompt":"a","max_tokens":1,"max_completion_tokens":2}""", "max_completion_tokens", "unsupported_parameter");
    }

    [Fact]
    public async Task Completion_MoreThanTheQueueHolds_IsRefusedAndNotToldToComeBack()
    {
        await _worker.RefusedAsync("/v1/completions", new { prompt = Enumerable.Repeat("a", 7), n = 4 }, "n");
        await _worker.RefusedAsync("/v1/completions", new { prompt = Enumerable.Repeat(new string('a', 100), 5) }, "prompt");
        var error = await _worker.RefusedAsync("/v1/completions", new { prompt = new string('a', 125), n = 4 }, "n");
        Assert.Contains("500 tokens", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(_worker.Engine.Requests);
        await _worker.PostJsonAsync("/v1/completions", new { prompt = new string('a', 124), n = 4 });
    }

    [Fact]
    public Task Completion_PromptTooLong_IsRefused() => _worker.RefusedAsync("/v1/completions", new { prompt = new string('a', 199) }, "prompt", "context_length_exceeded");
}
