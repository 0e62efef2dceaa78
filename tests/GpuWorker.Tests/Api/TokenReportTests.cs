using System.Net;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>Log probabilities, token ids and the other fields that tell of, or decide on, single tokens.</summary>
public sealed class TokenReportTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private static readonly object[] Messages = [new { role = "user", content = "Why?" }];

    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Chat_Parameters_ReachTheEngine()
    {
        await _worker.PostJsonAsync(Chat, new
        {
            messages = Messages,
            min_p = 0.25,
            repetition_penalty = 1.25,
            min_tokens = 3,
            stop_token_ids = new[] { 7, 8 },
            priority = -4,
            logit_bias = new Dictionary<string, double> { ["5"] = -100, ["6"] = 1.5 },
        });
        var request = _worker.Engine.Requests.Single();
        Assert.Equal((0.25f, 1.25f, 3, -4), (request.Sampling.MinP, request.Sampling.RepetitionPenalty, request.MinTokens, request.Priority));
        Assert.Equal([7, 8], request.StopTokens);
        Assert.Equal(new Dictionary<int, float> { [5] = -100, [6] = 1.5f }, request.Sampling.LogitBias);
        Assert.Null(request.Sampling.Logprobs);
        Assert.Null(request.Deadline);
    }

    [Theory]
    [InlineData("""{"type":"json_object"}""", """{"type":"object"}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"null"},"strict":true}}""", """{"type":"null"}""")]
    [InlineData("""{"type":"json_object","schema":{"type":"null"}}""", """{"type":"null"}""")]
    [InlineData("""{"type":"json_schema","schema":{"type":"null"}}""", """{"type":"null"}""")]
    [InlineData("""{"type":"json_object","schema":null,"json_schema":null}""", """{"type":"object"}""")]
    [InlineData("""{"type":"text"}""", null)]
    public async Task Chat_ResponseFormat_ReachesTheEngineAsASchema(string format, string? schema)
    {
        await _worker.PostJsonAsync(Chat, $$"""{"messages":[{"role":"user","content":"a"}],"response_format":{{format}}}""");
        Assert.Equal(schema is null ? null : AnswerForm.Schema(schema), _worker.Engine.Requests.Single().Sampling.Form);
    }

    [Theory]
    [InlineData("structured_outputs", """{"json":{"type":"null"}}""", AnswerFormKind.Schema, """{"type":"null"}""")]
    [InlineData("structured_outputs", """{"json":"{\"type\":\"null\"}"}""", AnswerFormKind.Schema, """{"type":"null"}""")]
    [InlineData("structured_outputs", """{"json_object":true}""", AnswerFormKind.Schema, """{"type":"object"}""")]
    [InlineData("structured_outputs", """{"regex":"a+"}""", AnswerFormKind.Pattern, "a+")]
    [InlineData("structured_outputs", """{"choice":["a","b"]}""", AnswerFormKind.Choice, """["a","b"]""")]
    [InlineData("structured_outputs", """{"grammar":"root ::= \"a\""}""", AnswerFormKind.Grammar, "root ::= \"a\"")]
    [InlineData("guided_json", """{"type":"null"}""", AnswerFormKind.Schema, """{"type":"null"}""")]
    [InlineData("guided_regex", "\"a+\"", AnswerFormKind.Pattern, "a+")]
    [InlineData("guided_choice", """["a"]""", AnswerFormKind.Choice, """["a"]""")]
    [InlineData("guided_grammar", "\"root ::= [a]\"", AnswerFormKind.Grammar, "root ::= [a]")]
    [InlineData("json_schema", """{"type":"null"}""", AnswerFormKind.Schema, """{"type":"null"}""")]
    [InlineData("grammar", "\"root ::= [a]\"", AnswerFormKind.Grammar, "root ::= [a]")]
    [InlineData("grammar", """{"type":"json","value":{"type":"null"}}""", AnswerFormKind.Schema, """{"type":"null"}""")]
    [InlineData("grammar", """{"type":"regex","value":"a+"}""", AnswerFormKind.Pattern, "a+")]
    [InlineData("regex", "\"a+\"", AnswerFormKind.Pattern, "a+")]
    [InlineData("ebnf", "\"root ::= [a]\"", AnswerFormKind.Grammar, "root ::= [a]")]
    public async Task Chat_FormInAnyServersWords_ReachesTheEngine(string field, string value, AnswerFormKind kind, string text)
    {
        await _worker.PostJsonAsync(Chat, $$"""{"messages":[{"role":"user","content":"a"}],"{{field}}":{{value}}}""");
        var form = _worker.Engine.Requests.Single().Sampling.Form!;
        Assert.Equal((kind, text), (form.Kind, form.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_Logprobs_TellOfEveryToken(bool stream)
    {
        _worker.Engine.Answer = _ => "hé";
        var body = new { messages = Messages, logprobs = true, top_logprobs = 2, n = 2, stream };
        var choices = await ChoicesAsync(Chat, body, stream);
        foreach (var index in new[] { 0, 1 })
        {
            var tokens = choices.Where(c => c.GetProperty("index").GetInt32() == index && c.TryGetProperty("logprobs", out _))
                .SelectMany(c => c.GetProperty("logprobs").GetProperty("content").EnumerateArray()).ToArray();
            Assert.Equal(["h", "é", "token_id:2"], tokens.Select(t => t.GetProperty("token").GetString()));
            Assert.Equal("[195,169]", tokens[1].GetProperty("bytes").GetRawText());
            Assert.Equal(JsonValueKind.Null, tokens[2].GetProperty("bytes").ValueKind);
            Assert.Equal(-CharTokenizer.IdOf('h'), tokens[0].GetProperty("logprob").GetDouble());
            Assert.Equal(["h", "B"], tokens[0].GetProperty("top_logprobs").EnumerateArray().Select(t => t.GetProperty("token").GetString()));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Completion_Logprobs_AreListsSideBySide(bool stream)
    {
        _worker.Engine.Answer = _ => "abc";
        var choices = await ChoicesAsync("/v1/completions", new { prompt = "x", logprobs = 2, stream }, stream);
        var logprobs = choices.Where(c => c.GetProperty("logprobs").ValueKind != JsonValueKind.Null).Select(c => c.GetProperty("logprobs")).ToArray();
        Assert.Equal(["a", "b", "c", "token_id:2"], logprobs.SelectMany(l => l.GetProperty("tokens").EnumerateArray()).Select(t => t.GetString()));
        Assert.Equal([0, 1, 2, 3], logprobs.SelectMany(l => l.GetProperty("text_offset").EnumerateArray()).Select(t => t.GetInt32()));
        Assert.Equal(-CharTokenizer.IdOf('a'), logprobs[0].GetProperty("token_logprobs")[0].GetDouble());
        Assert.Equal(-CharTokenizer.IdOf('a') - 1, logprobs[0].GetProperty("top_logprobs")[0].GetProperty("B").GetDouble());
    }

    [Theory]
    [InlineData("x", new[] { 0, 1, 2, 3 }, false)]
    [InlineData("x [/INST]", new[] { 0, 0, 1, 2 }, false)]
    [InlineData("x [/INST]", new[] { 0, 0, 1, 2 }, true)]
    public async Task Completion_FirstSpaceDropped_OffsetsAreOfTheTextThatIsThere(string prompt, int[] offsets, bool stream)
    {
        _worker.Engine.Answer = _ => " ab";
        var choices = await ChoicesAsync("/v1/completions", new { prompt, logprobs = 0, stream }, stream);
        var told = choices.Where(c => c.GetProperty("logprobs").ValueKind != JsonValueKind.Null).SelectMany(c => c.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray());
        Assert.Equal(offsets, told.Select(t => t.GetInt32()));
    }

    [Fact]
    public async Task Completion_LogprobsZero_TellsOfTheChosenOnly()
    {
        var choices = await ChoicesAsync("/v1/completions", new { prompt = "x", logprobs = 0 }, stream: false);
        Assert.False(choices[0].GetProperty("logprobs").TryGetProperty("top_logprobs", out _));
        Assert.Equal(15, choices[0].GetProperty("logprobs").GetProperty("tokens").GetArrayLength());
    }

    [Theory]
    [InlineData(Chat, false)]
    [InlineData(Chat, true)]
    [InlineData("/v1/completions", false)]
    [InlineData("/v1/completions", true)]
    public async Task TokenIds_Asked_AreAllThatWereGenerated(string path, bool stream)
    {
        // What the stop string holds back is told with the end.
        var choices = await ChoicesAsync(path, new { messages = path == Chat ? Messages : null, prompt = path == Chat ? null : "x", return_token_ids = true, stop = "less..", stream }, stream);
        var ids = choices.SelectMany(c => c.TryGetProperty("token_ids", out var list) ? list.EnumerateArray().Select(id => id.GetInt32()) : []);
        Assert.Equal([.. "Water it less.".Select(CharTokenizer.IdOf), 2], ids);
        if (stream) return;
        var answer = await _worker.PostJsonAsync(path, new { messages = path == Chat ? Messages : null, prompt = path == Chat ? null : "x", return_token_ids = true });
        var prompt = (path == Chat ? answer : answer.GetProperty("choices")[0]).GetProperty("prompt_token_ids").Deserialize<int[]>();
        Assert.Equal(_worker.Engine.Requests.Last().PromptTokens, prompt);
    }

    [Fact]
    public async Task Tokens_NotAsked_AreNotTold()
    {
        var choice = (await ChoicesAsync(Chat, new { messages = Messages, return_token_ids = false, logprobs = false }, stream: false))[0];
        Assert.False(choice.TryGetProperty("token_ids", out _));
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("refusal").ValueKind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_AnyCut_YieldsExactlyWhatWasMissing(bool stream)
    {
        _worker.Engine.Answer = _ => " ab stop! stopping é! STOP tail";
        foreach (var stop in new[] { "STOP", "none", "stopping" })
        {
            var request = new { prompt = "[INST] x [/INST]", return_token_ids = true, stop, stream, max_tokens = 29 };
            var whole = await ChoicesAsync("/v1/completions", request, stream: stream);
            for (var cut = 0; cut < 29; cut++)
            {
                // What a gateway has when the stream breaks: the ids so far, and the text that came with them.
                var (ids, text) = Broken(whole, cut);
                var resumed = await ChoicesAsync("/v1/completions", new { request.prompt, request.return_token_ids, request.stop, request.stream, request.max_tokens, resume = new { token_ids = ids } }, stream);
                Assert.Equal(Text(whole), (stream ? text : Text(whole)[..^Text(resumed).Length]) + Text(resumed));
                Assert.Equal(Finish(whole), Finish(resumed));
            }
        }
    }

    [Fact]
    public async Task Resume_Usage_CountsTheWholeAnswer()
    {
        var answer = await _worker.PostJsonAsync(Chat, new { messages = Messages, resume = new { token_ids = "Water".Select(CharTokenizer.IdOf) } });
        Assert.Equal(" it less.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(15, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("Water".Select(CharTokenizer.IdOf), _worker.Engine.Requests.Single().PriorTokens);
    }

    [Theory]
    [InlineData(Chat, true)]
    [InlineData(Chat, false)]
    [InlineData("/v1/completions", true)]
    [InlineData("/v1/completions", false)]
    public async Task Resume_Answer_SaysThatItGoesOn(string path, bool stream)
    {
        int[] ids = [.. "Water".Select(CharTokenizer.IdOf)];
        object Request(object? resume) => path == Chat ? new { messages = Messages, stream, resume } : new { prompt = "[INST] x [/INST]", stream, resume };
        using var resumed = await _worker.PostAsync(path, Request(new { token_ids = ids }));
        Assert.Equal(["5"], resumed.Headers.GetValues(ResumePoint.AcknowledgementHeader));
        using var whole = await _worker.PostAsync(path, Request(null));
        Assert.False(whole.Headers.Contains(ResumePoint.AcknowledgementHeader));
    }

    [Fact]
    public async Task Resume_CompleteAnswer_EndsWithoutTheEngine()
    {
        int[] all = [.. "Water it less.".Select(CharTokenizer.IdOf)];
        foreach (var (ids, most, reason) in new[] { ((int[])[.. all, 2], 100, "stop"), (all[..5], 5, "length") })
        {
            var answer = await _worker.PostJsonAsync(Chat, new { messages = Messages, max_tokens = most, resume = new { token_ids = ids } });
            Assert.Equal(reason, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.Equal(ids.Length, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }
        Assert.Empty(_worker.Engine.Requests);
    }

    [Fact]
    public async Task Timeout_Passed_Is504OrTheStreamsLastEvent()
    {
        _worker.Engine.BeforeToken = (position, _) => position == 3 ? throw new DeadlineExceededException() : Task.CompletedTask;
        await _worker.RefusedAsync(Chat, new { messages = Messages, timeout_seconds = 1.5 }, "timeout_seconds", "deadline_exceeded", HttpStatusCode.GatewayTimeout);
        var events = await _worker.StreamAsync(Chat, new { messages = Messages, timeout_seconds = 1.5, stream = true });
        Assert.Equal("deadline_exceeded", JsonSerializer.Deserialize<JsonElement>(events[^1]).GetProperty("error").GetProperty("code").GetString());
        Assert.All(_worker.Engine.Requests, r => Assert.InRange(r.Deadline!.Value - TimeProvider.System.GetSteadyNow(), TimeSpan.FromSeconds(-60), TimeSpan.FromSeconds(1.5)));
    }

    private static (int[] Ids, string Text) Broken(IReadOnlyList<JsonElement> choices, int tokens)
    {
        var ids = new List<int>();
        var text = "";
        foreach (var choice in choices)
        {
            if (!choice.TryGetProperty("token_ids", out var own)) continue;
            if (ids.Count + own.GetArrayLength() > tokens)
            {
                // A plain answer is one piece: cut it anywhere.
                if (choices.Count == 1) return ([.. own.EnumerateArray().Take(tokens).Select(id => id.GetInt32())], "");
                break;
            }

            ids.AddRange(own.EnumerateArray().Select(id => id.GetInt32()));
            text += choice.GetProperty("text").GetString();
        }

        return ([.. ids], text);
    }

    private static string Text(IEnumerable<JsonElement> choices) => string.Concat(choices.Select(c => c.GetProperty("text").GetString()));

    private static string? Finish(IReadOnlyList<JsonElement> choices) => choices[^1].GetProperty("finish_reason").GetString();

    private async Task<IReadOnlyList<JsonElement>> ChoicesAsync(string path, object body, bool stream)
    {
        if (!stream) return [.. (await _worker.PostJsonAsync(path, body)).GetProperty("choices").EnumerateArray()];
        var events = await _worker.StreamAsync(path, body);
        return [.. events[..^1].SelectMany(e => JsonSerializer.Deserialize<JsonElement>(e).GetProperty("choices").EnumerateArray())];
    }
}
