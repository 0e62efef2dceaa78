using System.Text.Json;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>Prompts that are told of: echoed, and how likely their tokens are, as evaluation harnesses ask for it.</summary>
public sealed class EchoTests : IAsyncLifetime
{
    private const string Completions = "/v1/completions", Chat = "/v1/chat/completions";
    private static readonly object[] Messages = [new { role = "user", content = "ax" }];

    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync()
    {
        _worker = await WorkerUnderTest.StartAsync();
        _worker.Engine.Answer = _ => " b\ud83c\udf45.";
    }

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echo_AnyPrompts_EachAnswerBeginsWithItsOwn(bool stream)
    {
        var choices = await ChoicesAsync(new { prompt = new[] { "ab.", "c [/INST]" }, n = 2, echo = true, stop = ".", stream }, stream);
        // A stop string in the prompt stops nothing; a chat's answer loses its first space.
        Assert.Equal(["ab. b\ud83c\udf45", "ab. b\ud83c\udf45", "c [/INST]b\ud83c\udf45", "c [/INST]b\ud83c\udf45"], choices.Select(choice => choice.Text));
        Assert.All(choices, choice => Assert.Equal("stop", choice.Finish));
        Assert.All(choices, choice => Assert.Empty(choice.Tokens));
        Assert.All(_worker.Engine.Requests, request => Assert.Null(request.PromptLogprobs));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 2)]
    [InlineData(true, 0)]
    [InlineData(true, 2)]
    public async Task EchoWithLogprobs_Tokens_AreThePromptsThenTheAnswers(bool stream, int logprobs)
    {
        var choices = await ChoicesAsync(new { prompt = new[] { "ax", "c" }, n = 2, echo = true, logprobs, stream }, stream);
        Assert.Equal(4, choices.Count);
        Assert.All(choices[..2], choice => Assert.Equal("ax b\ud83c\udf45.", choice.Text));
        Assert.All(choices[2..], choice => Assert.Equal("c b\ud83c\udf45.", choice.Text));
        foreach (var choice in choices)
        {
            var prompt = choice.Text.IndexOf(' ', StringComparison.Ordinal);
            int[] ids = [1, .. choice.Text.Select(CharTokenizer.IdOf), 2];
            Assert.Equal(["token_id:1", .. choice.Text[..prompt].Select(c => $"{c}"), " ", "b"], choice.Tokens.Take(prompt + 3));
            Assert.Equal([null, .. ids.Skip(1).Select(id => (double?)Math.Max(-id, -9999))], choice.Logprobs);
            Assert.Equal([0, .. Enumerable.Range(0, ids.Length - 1)], choice.Offsets);
            Assert.Equal(logprobs == 0 ? 0 : ids.Length, choice.Top.Count);
            if (logprobs == 0) continue;
            Assert.Null(choice.Top[0]);
            // One that is none of the likeliest is told beside them: OpenAI's API has one more then.
            if (prompt == 2) Assert.Equal(["A", "B", "x"], choice.Top[2]!.Keys);
            Assert.All(choice.Top.Skip(1).Where((_, i) => i != 1 || prompt != 2), top => Assert.Equal(2, top!.Count));
        }

        // A whole response takes from one answer what is the same of all.
        Assert.Equal(stream ? 4 : 2, _worker.Engine.Requests.Count(request => request.PromptLogprobs == logprobs));
        Assert.Equal(stream ? 0 : 2, _worker.Engine.Requests.Count(request => request.PromptLogprobs is null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echo_OfTokenIds_IsTheirTextWithoutAnythingBefore(bool stream)
    {
        int[][] prompt = [[CharTokenizer.IdOf('a'), 2, CharTokenizer.IdOf('b')]];
        var choice = Assert.Single(await ChoicesAsync(new { prompt, echo = true, logprobs = 0, max_tokens = 1, stream }, stream));
        Assert.Equal("ab ", choice.Text);
        Assert.Equal(["a", "token_id:2", "b", " "], choice.Tokens);
        Assert.Equal([0, 1, 1, 2], choice.Offsets);
        Assert.Equal([null, -2, -CharTokenizer.IdOf('b'), -CharTokenizer.IdOf(' ')], choice.Logprobs);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, 1)]
    [InlineData(true, null)]
    [InlineData(true, 1)]
    public async Task Echo_NothingBehindIt_IsThePromptAlone(bool stream, int? logprobs)
    {
        var choices = await ChoicesAsync(new { prompt = "ax", echo = true, max_tokens = 0, n = 2, logprobs, stream, stream_options = stream ? new { include_usage = true } : null }, stream);
        Assert.Equal(2, choices.Count);
        foreach (var choice in choices)
        {
            Assert.Equal(("ax", "length"), (choice.Text, choice.Finish));
            Assert.Equal(logprobs is null ? [] : ["token_id:1", "a", "x"], choice.Tokens);
        }
        Assert.All(_worker.Engine.Requests, request => Assert.Equal(1, request.MaxTokens));
        var usage = (await _worker.PostJsonAsync(Completions, new { prompt = "ax", echo = true, max_tokens = 0 })).GetProperty("usage");
        Assert.Equal((3, 0, 3), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    /// <summary>vLLM's shape: of each token by its id, itself first, and nothing of the first.</summary>
    [Theory]
    [InlineData(Completions)]
    [InlineData(Chat)]
    public async Task PromptLogprobs_Asked_AreOfEachTokenById(string path)
    {
        object body = path == Chat ? new { messages = Messages, prompt_logprobs = 2, n = 2 } : new { prompt = "ax", prompt_logprobs = 2, n = 2 };
        var answer = await _worker.PostJsonAsync(path, body);
        var lists = path == Chat ? [answer.GetProperty("prompt_logprobs")] : answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("prompt_logprobs")).ToArray();
        int[] ids = _worker.Engine.Requests.First().PromptTokens;
        Assert.Equal(path == Chat ? 1 : 2, lists.Length);
        foreach (var list in lists)
        {
            Assert.Equal(ids.Length, list.GetArrayLength());
            Assert.Equal(JsonValueKind.Null, list[0].ValueKind);
            for (var i = 1; i < ids.Length; i++)
            {
                var first = list[i].EnumerateObject().First();
                var isX = ids[i] == CharTokenizer.IdOf('x');
                Assert.Equal($"{ids[i]}", first.Name);
                Assert.Equal((-ids[i], isX ? 7 : 1, $"{(char)(ids[i] - 3)}"), (first.Value.GetProperty("logprob").GetDouble(), first.Value.GetProperty("rank").GetInt32(), first.Value.GetProperty("decoded_token").GetString()));
                Assert.Equal(isX ? [7, 1, 2] : [1, 2], list[i].EnumerateObject().Select(entry => entry.Value.GetProperty("rank").GetInt32()));
            }
        }
        Assert.Single(_worker.Engine.Requests, request => request.PromptLogprobs == 2);
        Assert.All(answer.GetProperty("choices").EnumerateArray(), choice => Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind));
    }

    [Fact]
    public async Task PromptLogprobs_BesideAnEcho_EachHasItsOwnCount()
    {
        var choice = (await _worker.PostJsonAsync(Completions, new { prompt = "ax", echo = true, logprobs = 3, prompt_logprobs = 1 })).GetProperty("choices")[0];
        Assert.Equal(3, choice.GetProperty("logprobs").GetProperty("top_logprobs")[1].EnumerateObject().Count());
        Assert.Equal(4, choice.GetProperty("logprobs").GetProperty("top_logprobs")[2].EnumerateObject().Count());
        Assert.Equal([1, 2], choice.GetProperty("prompt_logprobs").EnumerateArray().Skip(1).Select(token => token.EnumerateObject().Count()));
        Assert.Equal(3, _worker.Engine.Requests.Single().PromptLogprobs);
    }

    [Fact]
    public async Task PromptLogprobs_NotAsked_AreNotInTheResponse()
    {
        Assert.False((await _worker.PostJsonAsync(Completions, new { prompt = "ax", echo = true, logprobs = 1 })).GetProperty("choices")[0].TryGetProperty("prompt_logprobs", out _));
        Assert.False((await _worker.PostJsonAsync(Chat, new { messages = Messages, logprobs = true })).TryGetProperty("prompt_logprobs", out _));
        Assert.Equal([1, null], _worker.Engine.Requests.Select(request => request.PromptLogprobs));
    }

    /// <summary>What a gateway asks for when a stream broke: the same request, and the prompt has been told.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_OfAnEcho_GoesOnWithoutThePrompt(bool stream)
    {
        var choice = Assert.Single(await ChoicesAsync(new { prompt = "ax", echo = true, logprobs = 1, resume = new { token_ids = " b".Select(CharTokenizer.IdOf) }, stream }, stream));
        Assert.Equal("\ud83c\udf45.", choice.Text);
        Assert.Equal(4, choice.Tokens.Count);
        Assert.Null(_worker.Engine.Requests.Single().PromptLogprobs);
    }

    [Fact]
    public async Task PromptLogprobs_MoreThanAResponseMayHold_IsRefusedByName()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        worker.Engine.ContextLength = 100_000;
        int[] prompt = [.. Enumerable.Repeat(5, 19_048)];
        var error = await worker.RefusedAsync(Completions, new { prompt, prompt_logprobs = 20 }, "prompt_logprobs");
        Assert.Contains("400000", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await worker.RefusedAsync(Completions, new { prompt, echo = true, logprobs = 20 }, "logprobs");
        await worker.RefusedAsync(Completions, new { prompt = prompt[..10_000], echo = true, logprobs = 20, prompt_logprobs = 20 }, "prompt_logprobs");
        Assert.Empty(worker.Engine.Requests);
        await worker.PostJsonAsync(Completions, new { prompt = prompt[..19_047], prompt_logprobs = 20, max_tokens = 1 });
        await worker.PostJsonAsync(Completions, new { prompt, logprobs = 20, max_tokens = 1 });
    }

    /// <summary>A reader that takes a line of a megabyte for an attack reads a long prompt's stream too.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(20)]
    public async Task EchoStream_LongPrompt_ComesInPieces(int? logprobs)
    {
        _worker.Engine.ContextLength = 20_000;
        var body = new { prompt = string.Concat(Enumerable.Repeat("a\ud83c\udf45xy ", 1500)), echo = true, logprobs, max_tokens = 2, return_token_ids = true };
        var whole = Assert.Single(await ChoicesAsync(body, stream: false));
        var events = await _worker.StreamAsync(Completions, new { body.prompt, body.echo, body.logprobs, body.max_tokens, body.return_token_ids, stream = true });
        Assert.InRange(events.Count, logprobs > 0 ? 40 : 4, 60);
        Assert.All(events, line => Assert.InRange(line.Length, 1, 500_000));
        var streamed = Choice.Of(events[..^1].SelectMany(e => JsonSerializer.Deserialize<JsonElement>(e).GetProperty("choices").EnumerateArray()));
        Assert.Equal(whole.Text, streamed.Text);
        Assert.Equal(whole.Tokens, streamed.Tokens);
        Assert.Equal(whole.Offsets, streamed.Offsets);
        Assert.Equal(whole.Logprobs, streamed.Logprobs);
        Assert.Equal(whole.Top.Select(top => top?.Count), streamed.Top.Select(top => top?.Count));
    }

    [Fact]
    public Task Echo_WithStreamTo_IsRefusedByName() => _worker.RefusedAsync(Completions, """{"prompt":"a","echo":true,"stream_to":{"hub":"a","user":"u"}}""", "stream_to", "unsupported_parameter");

    /// <summary>The arithmetic of EleutherAI's harness: the continuation's sum, without the one token that is generated, and whether each is the likeliest in its place.</summary>
    [Theory]
    [InlineData("a", "bc", true)]
    [InlineData("ab", "x", false)]
    public async Task Loglikelihood_ContextAndContinuation_IsTheContinuationsSum(string context, string continuation, bool isGreedy)
    {
        int[] ids = [.. $"{context}{continuation}".Select(CharTokenizer.IdOf)];
        var choice = Assert.Single(await ChoicesAsync(new { prompt = new[] { ids }, echo = true, logprobs = 1, max_tokens = 1, temperature = 0, seed = 1234 }, stream: false));
        Assert.Equal(ids.Length + 1, choice.Logprobs.Count);
        var (told, top) = (choice.Logprobs[context.Length..^1], choice.Top[context.Length..^1]);
        Assert.Equal(-continuation.Sum(CharTokenizer.IdOf), told.Sum());
        Assert.Equal(isGreedy, told.Zip(top).All(pair => pair.First == pair.Second!.Values.Max()));
    }

    /// <summary>Each choice with all that its pieces held, in the choices' order.</summary>
    private async Task<List<Choice>> ChoicesAsync(object body, bool stream)
    {
        IEnumerable<JsonElement> pieces = stream
            ? (await _worker.StreamAsync(Completions, body))[..^1].SelectMany(e => JsonSerializer.Deserialize<JsonElement>(e).GetProperty("choices").EnumerateArray())
            : (await _worker.PostJsonAsync(Completions, body)).GetProperty("choices").EnumerateArray();
        return [.. pieces.GroupBy(piece => piece.GetProperty("index").GetInt32()).OrderBy(choice => choice.Key).Select(Choice.Of)];
    }

    private sealed record Choice(string Text, string? Finish, List<string> Tokens, List<double?> Logprobs, List<int> Offsets, List<Dictionary<string, double>?> Top)
    {
        public static Choice Of(IEnumerable<JsonElement> pieces)
        {
            JsonElement[] all = [.. pieces];
            JsonElement[] told = [.. all.Select(piece => piece.GetProperty("logprobs")).Where(logprobs => logprobs.ValueKind == JsonValueKind.Object)];
            return new Choice(
                string.Concat(all.Select(piece => piece.GetProperty("text").GetString())),
                all[^1].GetProperty("finish_reason").GetString(),
                List<string>("tokens"),
                List<double?>("token_logprobs"),
                List<int>("text_offset"),
                List<Dictionary<string, double>?>("top_logprobs"));

            List<T> List<T>(string name) => [.. told.Where(logprobs => logprobs.TryGetProperty(name, out _)).SelectMany(logprobs => logprobs.GetProperty(name).Deserialize<T[]>()!)];
        }
    }
}
