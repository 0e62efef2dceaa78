using System.Net;
using System.Text.Json;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class ChatCompletionsTests : IAsyncLifetime
{
    private static readonly object[] Messages = [new { role = "user", content = "Why?" }];

    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Chat_Plain_AnswersInOpenAIsShape()
    {
        var answer = await _worker.PostJsonAsync("/v1/chat/completions", new { model = "llama", messages = Messages });

        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("llama", answer.GetProperty("model").GetString());
        var choice = answer.GetProperty("choices").EnumerateArray().Single();
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal("Water it less.", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        var usage = answer.GetProperty("usage");
        Assert.Equal("[INST] Why? [/INST]".Length + 1, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal("Water it less.".Length + 1, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(20 + 15, usage.GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData("""[{"type":"text","text":"Why?"}]""", "Why?")]
    [InlineData("""[{"type":"text","text":"Why"},{"text":"not?","type":"text"}]""", "Why\nnot?")]
    [InlineData("[]", "")]
    public async Task Chat_ContentInTextParts_IsTheirLines(string content, string expected)
    {
        await _worker.PostJsonAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":{{content}}}]}""");
        Assert.Equal([1, .. $"[INST] {expected} [/INST]".Select(CharTokenizer.IdOf)], _worker.Engine.Requests.Single().PromptTokens);
    }

    /// <summary>An assistant's last turn is gone on with, so that to ask for it as vLLM and Hugging Face do is to ask for what is done.</summary>
    [Fact]
    public async Task Chat_ContinueFinalMessage_IsTakenWhereTheAssistantSpokeLast()
    {
        const string Fields = "\"continue_final_message\":true,\"add_generation_prompt\":false";
        await _worker.PostJsonAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],{{Fields}} }""");
        Assert.Equal([1, .. "[INST] a [/INST] b".Select(CharTokenizer.IdOf)], _worker.Engine.Requests.Single().PromptTokens);
        await _worker.RefusedAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"a"}],{{Fields}} }""", "add_generation_prompt");
        await _worker.RefusedAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"continue_final_message":true}""", "continue_final_message");
    }

    /// <summary>Programs that measure ask for an exact number of tokens, in one field or three (vLLM's and SGLang's benchmarks, guidellm).</summary>
    [Theory]
    [InlineData("\"ignore_eos\":true,\"min_tokens\":5,\"max_tokens\":5", true)]
    [InlineData("\"ignore_eos\":true,\"max_tokens\":5,\"stop\":null", true)]
    [InlineData("\"ignore_eos\":true,\"stop\":[\"x\"]", true)]
    [InlineData("\"ignore_eos\":true,\"temperature\":0,\"do_sample\":false", true)]
    [InlineData("\"ignore_eos\":false", false)]
    [InlineData("\"ignore_eos\":null", false)]
    public async Task Chat_IgnoreEos_LeavesEosOut(string fields, bool isIgnored)
    {
        await _worker.PostJsonAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"a"}],{{fields}}}""");
        Assert.Equal(isIgnored, _worker.Engine.Requests.Single().IgnoresEos);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"min_tokens\":5,\"max_tokens\":5,\"guided_regex\":\"a\"")]
    [InlineData("\"guided_quotes\":{\"sources\":[\"abc\"]}")]
    public Task Chat_IgnoreEosBesideAnAnswersForm_IsRefused(string fields) =>
        _worker.RefusedAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"a"}],"ignore_eos":true,{{fields}}}""", "ignore_eos", "unsupported_parameter");

    /// <summary>What the assistant has begun and the answer are one text: no space is missing between them, and none comes twice, whole, streamed or resumed.</summary>
    [Theory]
    [InlineData("Water", " it.", " it.")]
    [InlineData("Water ", " it.", "it.")]
    [InlineData("Water ", "it.", "it.")]
    [InlineData("Water: \n", " \nit.", "it.")]
    [InlineData("Water:\n", " it.", " it.")]
    [InlineData("Water:  ", " it.", "it.")]
    [InlineData("Water ", "  it.", " it.")]
    [InlineData("Water ", " ", "")]
    [InlineData("", " It.", "It.")]
    [InlineData(" \n", " It.", "It.")]
    public async Task Chat_BegunAnswer_GoesOnWithoutSpacesThatTheCallerHas(string begun, string answer, string told)
    {
        _worker.Engine.Answer = _ => answer;
        object Body(bool stream, int[] prior) => new
        {
            messages = new[] { new { role = "user", content = "Why?" }, new { role = "assistant", content = begun } },
            stream,
            resume = new { token_ids = prior },
        };
        var whole = await _worker.PostJsonAsync("/v1/chat/completions", Body(stream: false, []));
        Assert.Equal(told, whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var events = await _worker.StreamAsync("/v1/chat/completions", Body(stream: true, []));
        Assert.Equal(told, string.Concat(events.SkipLast(1).Select(e => JsonSerializer.Deserialize<JsonElement>(e).GetProperty("choices")[0].GetProperty("delta")).Select(d => d.TryGetProperty("content", out var c) ? c.GetString() : "")));
        var resumed = await _worker.PostJsonAsync("/v1/chat/completions", Body(stream: false, [CharTokenizer.IdOf(answer[0])]));
        Assert.Equal(answer[0] == ' ' && told != answer ? told : told[1..], resumed.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Chat_Defaults_ComeFromTheModel()
    {
        await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages });
        var request = _worker.Engine.Requests.Single();
        Assert.Equal(0.5f, request.Sampling.Temperature);
        Assert.Equal(100, request.MaxTokens);
        Assert.Equal("anonymous", request.ClientId);

        _worker.Engine.ContextLength = 50;
        await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages });
        Assert.Equal(50 - 20, _worker.Engine.Requests.Last().MaxTokens);
    }

    [Fact]
    public async Task Chat_Parameters_ReachTheEngine()
    {
        await _worker.PostJsonAsync("/v1/chat/completions", new
        {
            messages = Messages,
            temperature = 0,
            top_p = 0.25,
            top_k = 7,
            seed = -1,
            presence_penalty = -2,
            frequency_penalty = 1.5,
            max_tokens = 9,
            max_completion_tokens = 5,
            user = "someone",
        });
        var request = _worker.Engine.Requests.Single();
        Assert.Equal((0f, 0.25f, 7, ulong.MaxValue, -2f, 1.5f), (
            request.Sampling.Temperature, request.Sampling.TopP, request.Sampling.TopK, request.Sampling.Seed, request.Sampling.PresencePenalty, request.Sampling.FrequencyPenalty));
        Assert.Equal(5, request.MaxTokens);
        Assert.DoesNotContain("someone", request.ClientId, StringComparison.Ordinal);
        Assert.NotEqual("anonymous", request.ClientId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_StopString_IsTold(bool stream)
    {
        async Task<string?> ReasonAsync(string path, object body)
        {
            if (!stream) return Reason((await _worker.PostJsonAsync(path, body)).GetProperty("choices")[0]);
            var ends = (await _worker.StreamAsync(path, body)).Where(data => data.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
            return Reason(JsonElement.Parse(ends.Single()).GetProperty("choices")[0]);
        }

        static string? Reason(JsonElement choice) => choice.TryGetProperty("stop_reason", out var reason) ? reason.GetString() : null;
        Assert.Equal(" it", await ReasonAsync("/v1/chat/completions", new { messages = Messages, stop = new[] { "zzz", " it" }, stream }));
        Assert.Equal(" it", await ReasonAsync("/v1/completions", new { prompt = "a", stop = " it", stream }));
        Assert.Null(await ReasonAsync("/v1/chat/completions", new { messages = Messages, stop = "zzz", stream }));
        Assert.Null(await ReasonAsync("/v1/completions", new { prompt = "a", max_tokens = 3, stream }));
    }

    /// <summary>OpenAI takes 0, and the likeliest token is what is left of the distribution.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"top_p":0}""")]
    [InlineData("/v1/completions", """{"prompt":"a","top_p":0.0}""")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"top_p":0}}""")]
    public async Task Post_TopPOfZero_LeavesTheLikeliest(string path, string body)
    {
        await _worker.PostJsonAsync(path, body);
        var sampling = _worker.Engine.Requests.Single().Sampling with { Temperature = 2 };
        var sampler = new Sampler(4, []);
        var request = new GenerationRequest { PromptTokens = [], MaxTokens = 1, Sampling = sampling };
        for (var position = 0; position < 100; position++)
            Assert.Equal(2, sampler.Sample([0, 1, 1.1f, 1.09f], request, new int[position], null)?.Id);
    }

    [Fact]
    public async Task Chat_BadWords_ReachTheEngineAsTheirTokens()
    {
        await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, bad_words = new[] { "ab", "  c" } });
        Assert.Equal([[CharTokenizer.IdOf('a'), CharTokenizer.IdOf('b')], [CharTokenizer.IdOf('c')]], _worker.Engine.Requests.Single().Sampling.BadWords);
    }

    [Fact]
    public async Task Chat_MaxTokensReached_FinishesWithLength()
    {
        var answer = await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, max_tokens = 5 });
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("Water", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Chat_StopString_EndsBeforeItAndFreesTheSequence()
    {
        var answer = await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, stop = new[] { "zzz", " it l" } });
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("Water", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("Water it l".Length, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(0, _worker.Engine.Running);
    }

    [Fact]
    public async Task Chat_ThreeChoices_HaveDistinctSeedsAndTheFirstIsTheRequests()
    {
        _worker.Engine.Answer = r => $"seed {r.Sampling.Seed}";
        var answer = await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, n = 3, seed = 42 });
        var texts = answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("message").GetProperty("content").GetString()).ToArray();
        Assert.Equal("seed 42", texts[0]);
        Assert.Equal(3, texts.Distinct().Count());
        Assert.Equal([0, 1, 2], answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));

        var again = await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, n = 3, seed = 42 });
        Assert.Equal(texts, again.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("message").GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Chat_EngineOverloaded_Is429WithRetryAfter()
    {
        _worker.Engine.BeforeToken = (_, _) => throw new EngineOverloadedException("full", TimeSpan.FromSeconds(6.5));
        foreach (var stream in new[] { false, true })
        {
            using var response = await _worker.PostAsync("/v1/chat/completions", new { messages = Messages, stream });
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Equal("7", response.Headers.GetValues("Retry-After").Single());
        }
    }

    [Fact]
    public async Task Chat_EngineFails_Is503AndTheNextRequestWorks()
    {
        _worker.Engine.BeforeToken = (position, _) => position == 3 ? throw new EngineFailedException("broken") : Task.CompletedTask;
        await _worker.RefusedAsync("/v1/chat/completions", new { messages = Messages }, null, "engine_failed", HttpStatusCode.ServiceUnavailable);
        _worker.Engine.BeforeToken = (_, _) => Task.CompletedTask;
        await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages });
    }

    [Fact]
    public async Task Chat_OneChoiceFails_EndsTheOthers()
    {
        var bothStarted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failures = 0;
        _worker.Engine.BeforeToken = async (_, cancellationToken) =>
        {
            if (_worker.Engine.Requests.Count == 2) bothStarted.TrySetResult();
            await bothStarted.Task;
            if (Interlocked.Increment(ref failures) == 1) throw new EngineFailedException("broken");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        await _worker.RefusedAsync("/v1/chat/completions", new { messages = Messages, n = 2 }, null, "engine_failed", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, _worker.Engine.Running);
    }

    [Fact]
    public async Task Chat_UnexpectedFailure_Is500AndSaysNothingOfIt()
    {
        _worker.Engine.BeforeToken = (_, _) => throw new InvalidOperationException("marker-4711");
        var error = await _worker.RefusedAsync("/v1/chat/completions", new { messages = Messages }, null, "internal_error", HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("marker-4711", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_worker.Logs.Lines, line => line.Contains("marker-4711", StringComparison.Ordinal));
        Assert.Contains(_worker.Logs.Lines, line => line.StartsWith("1100 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chat_Content_ReachesNoLog()
    {
        _worker.Engine.Answer = _ => "answer-marker-0815";
        object[] messages = [new { role = "user", content = "prompt-marker-0816" }];
        await _worker.PostJsonAsync("/v1/chat/completions", new { messages, user = "user-marker-0817" });
        await _worker.StreamAsync("/v1/chat/completions", new { messages, stream = true });
        await _worker.RefusedAsync("/v1/chat/completions", new { messages = new[] { new { role = "user", content = "prompt-marker-0816 [INST]" } } }, "messages[0].content");
        await _worker.RefusedAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"prompt-marker-0816"}],"max_tokens":"prompt-marker-0816"}""", "max_tokens");
        Assert.DoesNotContain(_worker.Logs.Lines, line => line.Contains("marker", StringComparison.Ordinal));
        Assert.DoesNotContain("marker", await _worker.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChatStream_Events_AreRolePiecesFinishDone()
    {
        var events = await _worker.StreamAsync("/v1/chat/completions", new { messages = Messages, stream = true });

        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(e => JsonSerializer.Deserialize<JsonElement>(e)).ToArray();
        Assert.All(chunks, c => Assert.Equal("chat.completion.chunk", c.GetProperty("object").GetString()));
        Assert.Single(chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
        Assert.All(chunks, c => Assert.False(c.TryGetProperty("usage", out _)));
        var deltas = chunks.Select(c => c.GetProperty("choices")[0]).ToArray();
        Assert.Equal("assistant", deltas[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal("Water it less.", string.Concat(deltas.Select(Content)));
        Assert.All(deltas[..^1], d => Assert.Equal(JsonValueKind.Null, d.GetProperty("finish_reason").ValueKind));
        Assert.Equal("stop", deltas[^1].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task ChatStream_IncludeUsage_EndsWithUsageAndNoChoices()
    {
        var events = await _worker.StreamAsync("/v1/chat/completions", new { messages = Messages, stream = true, n = 2, stream_options = new { include_usage = true } });
        var last = JsonSerializer.Deserialize<JsonElement>(events[^2]);
        Assert.Equal(0, last.GetProperty("choices").GetArrayLength());
        Assert.Equal(20, last.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(30, last.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.All(events[..^2], e => Assert.Equal(JsonValueKind.Null, JsonSerializer.Deserialize<JsonElement>(e).GetProperty("usage").ValueKind));
    }

    /// <summary>vLLM's <c>continuous_usage_stats</c>, which guidellm asks for: each chunk counts its own choice as far as it has come.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]")]
    [InlineData("/v1/completions", "\"prompt\":\"a\"")]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"echo\":true,\"logprobs\":0")]
    public async Task Stream_ContinuousUsage_CountsInEachChunk(string path, string prompt)
    {
        var body = "{" + prompt + ""","stream":true,"n":2,"return_token_ids":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}""";
        var events = (await _worker.StreamAsync(path, JsonSerializer.Deserialize<JsonElement>(body)))[..^1].Select(text => JsonSerializer.Deserialize<JsonElement>(text)).ToList();
        static int Completion(JsonElement chunk) => chunk.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
        for (var choice = 0; choice < 2; choice++)
        {
            var told = 0;
            foreach (var chunk in events[..^1].Where(chunk => chunk.GetProperty("choices")[0].GetProperty("index").GetInt32() == choice))
            {
                told += chunk.GetProperty("choices")[0].TryGetProperty("token_ids", out var ids) && ids.ValueKind == JsonValueKind.Array ? ids.GetArrayLength() : 0;
                Assert.InRange(Completion(chunk), told, 15);
            }

            Assert.Equal(15, told);
        }

        Assert.Equal(30, Completion(events[^1]));
        Assert.Single(events.Select(chunk => chunk.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()).Distinct());
    }

    [Fact]
    public async Task Chat_PromptTokensDetails_AreToldOnceAPromptWhereTheyAreSet()
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { PromptTokensDetails = true });
        worker.Engine.CachedTokens = 16;
        static int Cached(JsonElement body) => body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();

        Assert.Equal(16, Cached(await worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, n = 3 })));
        Assert.Equal(16, Cached(await worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages, stop = "W" })));
        Assert.Equal(32, Cached(await worker.PostJsonAsync("/v1/completions", new { prompt = new[] { "a", "b" } })));
        var events = await worker.StreamAsync("/v1/chat/completions", new { messages = Messages, stream = true, stream_options = new { include_usage = true } });
        Assert.Equal(16, Cached(JsonSerializer.Deserialize<JsonElement>(events[^2])));

        _worker.Engine.CachedTokens = 16;
        var plain = await _worker.PostJsonAsync("/v1/chat/completions", new { messages = Messages });
        Assert.False(plain.GetProperty("usage").TryGetProperty("prompt_tokens_details", out _));
    }

    [Fact]
    public async Task ChatStream_EachToken_IsSentBeforeTheNextIsMade()
    {
        var steps = new SemaphoreSlim(0);
        _worker.Engine.BeforeToken = (_, cancellationToken) => steps.WaitAsync(cancellationToken);
        var pending = _worker.PostAsync("/v1/chat/completions", new { messages = Messages, stream = true }, headersOnly: true);
        steps.Release();
        using var response = await pending;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var text = "";
        while (text.Length < 5)
        {
            var line = await reader.ReadLineAsync().WaitAsync(WorkerUnderTest.Deadline);
            if (string.IsNullOrEmpty(line)) continue;
            var content = Content(JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]).GetProperty("choices")[0]);
            if (content.Length == 0) continue;
            Assert.Equal("Water"[text.Length].ToString(), content);
            text += content;
            steps.Release();
        }
    }

    [Fact]
    public async Task ChatStream_EngineFailsMidway_EndsWithErrorAndNoDone()
    {
        _worker.Engine.BeforeToken = (position, _) => position == 3 ? throw new EngineFailedException("broken") : Task.CompletedTask;
        var events = await _worker.StreamAsync("/v1/chat/completions", new { messages = Messages, stream = true });
        Assert.Equal("engine_failed", JsonSerializer.Deserialize<JsonElement>(events[^1]).GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain("[DONE]", events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_ClientDisconnects_CancelsTheGeneration(bool stream)
    {
        _worker.Engine.BeforeToken = (position, cancellationToken) => position < 3 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);
        using var client = new CancellationTokenSource();
        var pending = _worker.PostAsync("/v1/chat/completions", new { messages = Messages, stream, n = 2 }, headersOnly: true, client.Token);
        await WorkerUnderTest.UntilAsync(() => _worker.Engine.Running == 2, "both choices to run");
        if (stream)
        {
            (await pending).Dispose();
        }
        else
        {
            await client.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        }

        await WorkerUnderTest.UntilAsync(() => _worker.Engine.Running == 0, "the engine to be free");
        await WorkerUnderTest.UntilAsync(() => _worker.State.InFlight == 0, "the request to leave");
    }

    private static string Content(JsonElement choice) => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString()! : "";
}
