using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class BadRequestTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string OneMessage = """[{"role":"user","content":"Why?"}]""";

    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync()
    {
        // Whatever was refused, the next request works.
        await _worker.PostJsonAsync(Chat, $$"""{"messages":{{OneMessage}}}""");
        await _worker.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"messages":[}""")]
    [InlineData("""{"temperature":NaN}""")]
    [InlineData("{}{}")]
    public Task Chat_MalformedJson_IsRefused(string body) => _worker.RefusedAsync(Chat, body, null, "malformed_json");

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public Task Chat_NotAnObject_IsRefused(string body) => _worker.RefusedAsync(Chat, body, null, "invalid_type");

    [Theory]
    [InlineData("max_tokens", "\"many\"")]
    [InlineData("max_tokens", "1.5")]
    [InlineData("max_tokens", "99999999999999")]
    [InlineData("temperature", "true")]
    [InlineData("stream", "\"yes\"")]
    [InlineData("stop", "5")]
    [InlineData("stop", "[5]")]
    [InlineData("n", "[]")]
    [InlineData("stream_options", "3")]
    [InlineData("logprobs", "3")]
    [InlineData("logit_bias", "[]")]
    [InlineData("logit_bias", """{"5":"much"}""")]
    [InlineData("stop_token_ids", "3")]
    [InlineData("stop_token_ids", "[1.5]")]
    [InlineData("return_token_ids", "\"yes\"")]
    [InlineData("response_format", "\"json\"")]
    [InlineData("resume", "[1]")]
    [InlineData("guided_quotes", "[]")]
    [InlineData("seed", "0.5")]
    [InlineData("timeout_seconds", "\"soon\"")]
    public async Task Chat_WrongType_NamesTheField(string field, string value)
    {
        var error = (await _worker.PostJsonAsync(Chat, $$"""{"messages":{{OneMessage}},"{{field}}":{{value}}}""", HttpStatusCode.BadRequest)).GetProperty("error");
        Assert.Equal("invalid_type", error.GetProperty("code").GetString());
        Assert.StartsWith(field, error.GetProperty("param").GetString(), StringComparison.Ordinal);
        Assert.Contains($"{field}", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_tokens", "0")]
    [InlineData("max_completion_tokens", "-1")]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "1e999")]
    [InlineData("temperature", "\"NaN\"")]
    [InlineData("top_p", "-0.01")]
    [InlineData("top_p", "1.01")]
    [InlineData("top_k", "-2")]
    [InlineData("n", "0")]
    [InlineData("n", "5")]
    [InlineData("presence_penalty", "2.5")]
    [InlineData("frequency_penalty", "-3")]
    [InlineData("stop", "\"\"")]
    [InlineData("min_p", "-0.1")]
    [InlineData("min_p", "1.1")]
    [InlineData("repetition_penalty", "0")]
    [InlineData("repetition_penalty", "2.1")]
    [InlineData("repetition_penalty", "-1e999")]
    [InlineData("min_tokens", "-1")]
    [InlineData("min_tokens", "500")]
    [InlineData("top_logprobs", "3")]
    [InlineData("top_logprobs", "-1")]
    [InlineData("priority", "101")]
    [InlineData("priority", "-101")]
    [InlineData("timeout_seconds", "0")]
    [InlineData("timeout_seconds", "86401")]
    [InlineData("timeout_seconds", "1e999")]
    [InlineData("logit_bias", """{"5":100.5}""")]
    [InlineData("logit_bias", """{"5":1e999}""")]
    [InlineData("logit_bias", """{"-5":1}""")]
    [InlineData("logit_bias", """{"99999999":1}""")]
    [InlineData("logit_bias", """{"five":1}""")]
    [InlineData("logit_bias", """{"5":1,"05":1}""")]
    public Task Chat_OutOfRange_NamesTheField(string field, string value) =>
        _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"{{field}}":{{value}}}""", field);

    [Theory]
    [InlineData("""{"stop_token_ids":[5,-1]}""", "stop_token_ids[1]")]
    [InlineData("""{"stop_token_ids":[99999999]}""", "stop_token_ids[0]")]
    [InlineData("""{"resume":{}}""", "resume.token_ids")]
    [InlineData("""{"resume":{"token_ids":[5,-1]}}""", "resume.token_ids[1]")]
    [InlineData("""{"resume":{"token_ids":[2,5]}}""", "resume.token_ids[0]")]
    [InlineData("""{"resume":{"token_ids":[5,6]},"max_tokens":1}""", "resume.token_ids")]
    [InlineData("""{"resume":{"token_ids":[5]},"n":2}""", "n")]
    [InlineData("""{"bad_words":["a",""]}""", "bad_words[1]")]
    [InlineData("""{"bad_words":["  "]}""", "bad_words[0]")]
    [InlineData("""{"bad_words":[null]}""", "bad_words[0]")]
    [InlineData("""{"bad_words":["12345678901234567890123456789012345678901234567890123456789012345"]}""", "bad_words[0]")]
    [InlineData("""{"response_format":{"type":"json_object"},"bad_words":["a"]}""", "bad_words")]
    [InlineData("""{"guided_quotes":{"sources":["a"]},"bad_words":["a"]}""", "bad_words")]
    [InlineData("""{"logprobs":true,"top_logprobs":21}""", "top_logprobs")]
    [InlineData("""{"prompt_logprobs":21}""", "prompt_logprobs")]
    [InlineData("""{"prompt_logprobs":2,"stream":true}""", "prompt_logprobs")]
    [InlineData("""{"echo":true}""", "echo")]
    [InlineData("""{"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"response_format":{}}""", "response_format.type")]
    [InlineData("""{"response_format":{"type":"yaml"}}""", "response_format.type")]
    [InlineData("""{"response_format":{"type":"json_schema"}}""", "response_format.json_schema")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"a b","schema":{}}}}""", "response_format.json_schema.name")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"a"}}}""", "response_format.json_schema.schema")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"string","pattern":"(?=x)"}}}}""", "response_format.json_schema.schema")]
    [InlineData("""{"response_format":{"type":"json_object","schema":{"not":{}}}}""", "response_format.schema")]
    [InlineData("""{"response_format":{"type":"text","schema":{}}}""", "response_format.schema")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{}},"schema":{}}}""", "response_format.schema")]
    [InlineData("""{"response_format":{"type":"json_object","json_schema":{"name":"a","schema":{}}}}""", "response_format.json_schema")]
    [InlineData("""{"response_format":{"type":"json_object"},"stop_token_ids":[5]}""", "stop_token_ids")]
    [InlineData("""{"response_format":{"type":"json_object"},"resume":{"token_ids":[94]}}""", "resume.token_ids[0]")]
    [InlineData("""{"guided_quotes":{}}""", "guided_quotes.sources")]
    [InlineData("""{"guided_quotes":{"sources":[]}}""", "guided_quotes.sources")]
    [InlineData("""{"guided_quotes":{"sources":["a",null]}}""", "guided_quotes.sources[1]")]
    [InlineData("""{"guided_quotes":{"sources":["a"],"min_length":0}}""", "guided_quotes.min_length")]
    [InlineData("""{"guided_quotes":{"sources":["a"],"min_length":1001}}""", "guided_quotes.min_length")]
    [InlineData("""{"guided_quotes":{"sources":["a"],"min_length":5,"max_length":4}}""", "guided_quotes.max_length")]
    [InlineData("""{"guided_quotes":{"sources":["a"],"sources":["b"]}}""", "sources")]
    [InlineData("""{"guided_quotes":{"sources":["a"]},"resume":{"token_ids":[37,101]}}""", "resume.token_ids[1]")]
    [InlineData("""{"temperature":1,"Temperature":0}""", "Temperature")]
    [InlineData("""{"logit_bias":{"5":1,"5":100}}""", "5")]
    [InlineData("""{"stream_options":{"include_usage":true,"Include_Usage":false}}""", "Include_Usage")]
    public Task Chat_BadField_IsNamed(string fields, string param) => _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},{{fields[1..]}}""", param);

    /// <summary>32 objects within each other, which a schema of them says in twice as many levels of its own.</summary>
    [Fact]
    public async Task Chat_DeepSchemas_AreReadAsDeepAsDocumentsMayBe()
    {
        string Body(int depth) => $$"""{"messages":{{OneMessage}},"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{{string.Concat(Enumerable.Repeat("""{"type":"object","required":["a"],"properties":{"a":""", depth - 1))}}{"type":"object"}{{new string('}', 2 * (depth - 1))}}} } }""";
        await _worker.PostJsonAsync(Chat, Body(32));
        var error = await _worker.RefusedAsync(Chat, Body(33), "response_format.json_schema.schema", "unsupported_schema");
        Assert.Contains("32 nested", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        error = await _worker.RefusedAsync(Chat, Body(200), null, "malformed_json");
        Assert.Contains("256", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_UnsupportedKeyword_IsNamedInTheMessage()
    {
        var error = await _worker.RefusedAsync(
            Chat,
            $$$$$"""{"messages":{{{{{OneMessage}}}}},"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"string","format":"e-mail"}}}}""",
            "response_format.json_schema.schema",
            "unsupported_schema");
        Assert.Contains("format", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"stop_token_ids\":[5]")]
    public Task Chat_QuotesBesideWhatTheyDoNotGoWith_AreRefusedByName(string beside) =>
        _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"guided_quotes":{"sources":["a"]},{{beside}}}""", "guided_quotes", "unsupported_parameter");

    [Fact]
    public Task Chat_TooMuchToQuote_IsRefused() =>
        _worker.RefusedAsync(Chat, new { messages = new[] { new { role = "user", content = "a" } }, guided_quotes = new { sources = new[] { new string('é', 131_072), "a" } } }, "guided_quotes.sources");

    [Fact]
    public Task Chat_TooManyBiases_IsRefused() =>
        _worker.RefusedAsync(Chat, new { messages = new[] { new { role = "user", content = "a" } }, logit_bias = Enumerable.Range(0, 301).ToDictionary(id => $"{id}", _ => 1) }, "logit_bias");

    [Fact]
    public Task Chat_TooManyStops_IsRefused() =>
        _worker.RefusedAsync(Chat, new { messages = new[] { new { role = "user", content = "a" } }, stop = Enumerable.Range(0, 65).Select(i => $"{i}") }, "stop");

    [Fact]
    public Task Chat_StopTooLong_NamesTheString() =>
        _worker.RefusedAsync(Chat, new { messages = new[] { new { role = "user", content = "a" } }, stop = new[] { "a", new string('b', 65) } }, "stop[1]");

    [Theory]
    [InlineData("tools", "[{}]")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("guided_whitespace_pattern", "\"x\"")]
    [InlineData("n_predict", "5")]
    [InlineData("typical_p", "0.5")]
    [InlineData("dry_multiplier", "0.8")]
    [InlineData("repeat_penalty", "1.3")]
    [InlineData("no_repeat_ngram_size", "2")]
    [InlineData("stop_regex", "\"a\"")]
    [InlineData("format", "\"json\"")]
    [InlineData("max_new_tokens", "5")]
    [InlineData("num_predict", "5")]
    [InlineData("options", """{"temperature":0}""")]
    [InlineData("system", "\"Be short.\"")]
    [InlineData("instructions", "\"Be short.\"")]
    [InlineData("stop_sequences", """["a"]""")]
    [InlineData("max_output_tokens", "5")]
    [InlineData("do_sample", "false")]
    [InlineData("parameters", """{"max_new_tokens":5}""")]
    [InlineData("sampling_params", """{"temperature":0}""")]
    [InlineData("extra_body", """{"guided_choice":["a"]}""")]
    [InlineData("truncate", "100")]
    [InlineData("skip_special_tokens", "false")]
    [InlineData("return_tokens_as_token_ids", "true")]
    [InlineData("cache_salt", "\"pepper\"")]
    [InlineData("reasoning_effort", "\"low\"")]
    [InlineData("add_special_tokens", "true")]
    [InlineData("prompt", "\"a\"")]
    public Task Chat_Unsupported_IsRefusedByName(string field, string value) =>
        _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"{{field}}":{{value}}}""", field, "unsupported_parameter");

    [Theory]
    [InlineData("\"guided_json\":{},\"regex\":\"a\"", "regex", "invalid_value")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"},\"guided_choice\":[\"a\"]", "guided_choice", "invalid_value")]
    [InlineData("\"structured_outputs\":{\"regex\":\"a\",\"choice\":[\"a\"]}", "structured_outputs.choice", "invalid_value")]
    [InlineData("\"structured_outputs\":{\"regex\":\"(\"}", "structured_outputs.regex", "unsupported_pattern")]
    [InlineData("\"structured_outputs\":{\"grammar\":\"root ::= root\"}", "structured_outputs.grammar", "unsupported_grammar")]
    [InlineData("\"structured_outputs\":{\"json\":{\"type\":5}}", "structured_outputs.json", "unsupported_schema")]
    [InlineData("\"structured_outputs\":{\"json\":[]}", "structured_outputs.json", "invalid_type")]
    [InlineData("\"structured_outputs\":{\"structural_tag\":\"{}\"}", "structured_outputs.structural_tag", "unsupported_parameter")]
    [InlineData("\"structured_outputs\":{\"regex\":\"a\",\"regex\":\"b\"}", "regex", "duplicate_field")]
    [InlineData("\"structured_outputs\":[]", "structured_outputs", "invalid_type")]
    [InlineData("\"guided_choice\":[5]", "guided_choice[0]", "invalid_type")]
    [InlineData("\"guided_choice\":[]", "guided_choice", "unsupported_choice")]
    [InlineData("\"guided_choice\":[\"\"]", "guided_choice", "unsupported_choice")]
    [InlineData("\"grammar\":5", "grammar", "invalid_type")]
    [InlineData("\"grammar\":\"\\ud800\"", null, "invalid_unicode")]
    [InlineData("\"grammar\":{\"type\":\"regex\",\"value\":\"\\ud800\"}", null, "invalid_unicode")]
    [InlineData("\"grammar\":{\"\\ud800\":1}", null, "invalid_unicode")]
    [InlineData("\"json_schema\":\"\\ud800\"", null, "invalid_unicode")]
    [InlineData("\"grammar\":{\"type\":\"yaml\",\"value\":\"a\"}", "grammar.type", "invalid_value")]
    [InlineData("\"grammar\":{\"type\":\"regex\"}", "grammar.value", "missing_field")]
    [InlineData("\"guided_choice\":[\"a\"],\"stop_token_ids\":[5]", "stop_token_ids", "invalid_value")]
    [InlineData("\"guided_choice\":[\"a\"],\"guided_quotes\":{\"sources\":[\"a\"]}", "guided_quotes", "unsupported_parameter")]
    [InlineData("\"guided_choice\":[\"a\"],\"min_tokens\":5,\"max_tokens\":5,\"ignore_eos\":true", "ignore_eos", "unsupported_parameter")]
    [InlineData("\"guided_regex\":\"[0-9]\",\"resume\":{\"token_ids\":[100]}", "resume.token_ids[0]", "invalid_value")]
    public Task Chat_FormThatCannotBeHeldTo_IsRefusedByName(string fields, string? param, string code) =>
        _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},{{fields}}}""", param, code);

    [Theory]
    [InlineData("tools", "null")]
    [InlineData("skip_special_tokens", "true")]
    [InlineData("add_special_tokens", "false")]
    [InlineData("include_stop_str_in_output", "false")]
    [InlineData("n_predict", "-1")]
    [InlineData("typical_p", "1.0")]
    [InlineData("dry_multiplier", "0")]
    [InlineData("format", "\"\"")]
    [InlineData("grammar", "\"\"")]
    [InlineData("regex", "null")]
    [InlineData("structured_outputs", """{"json":null,"structural_tag":null,"disable_any_whitespace":false}""")]
    [InlineData("stream_options", """{"continuous_usage_stats":false}""")]
    [InlineData("stream_options", """{"continuous_usage_stats":true}""")]
    [InlineData("do_sample", "true")]
    [InlineData("num_predict", "-1")]
    [InlineData("extra_body", "{}")]
    [InlineData("stop", """["a","b","c","d","e","f","g","h","i","j"]""")]
    [InlineData("tools", "[]")]
    [InlineData("stream", "null")]
    [InlineData("stream_options", """{"include_usage":null}""")]
    [InlineData("logit_bias", "{}")]
    [InlineData("logprobs", "false")]
    [InlineData("response_format", """{"type":"text"}""")]
    [InlineData("never_heard_of", """{"a":[1]}""")]
    public Task Chat_AsksForNothing_IsIgnored(string field, string value) => _worker.PostJsonAsync(Chat, $$"""{"messages":{{OneMessage}},"{{field}}":{{value}}}""");

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":[null]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":["a"]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"\ud800"}]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"a"}}]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"[/INST]"}]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":"a","content":"b"}]}""", "content")]
    [InlineData("""{"messages":[{"role":"wizard","content":"a"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"tool","content":"b"}]}""", "messages[1].role")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null}]}""", "messages[1].content")]
    [InlineData("""{"messages":[{"role":"user","content":"a [/INST] b"}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"system","content":"<<SYS>>"},{"role":"user","content":"a"}]}""", "messages[0].content")]
    public Task Chat_BadMessages_NamesTheMessage(string body, string param) => _worker.RefusedAsync(Chat, body, param);

    [Fact]
    public Task Chat_TooManyMessages_IsRefused() =>
        _worker.RefusedAsync(Chat, new { messages = Enumerable.Range(0, 2049).Select(i => new { role = i % 2 == 0 ? "user" : "assistant", content = "" }) }, "messages");

    [Fact]
    public async Task Chat_PromptTooLong_NamesBothNumbers()
    {
        var error = await _worker.RefusedAsync(Chat, new { messages = new[] { new { role = "user", content = new string('a', 300) } } }, "messages", "context_length_exceeded");
        Assert.Contains("200", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("316", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(_worker.Engine.Requests);
    }

    [Fact]
    public async Task Chat_MaxTokensBeyondContext_IsRefused()
    {
        await _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"max_tokens":181}""", "max_tokens", "context_length_exceeded");
        await _worker.PostJsonAsync(Chat, $$"""{"messages":{{OneMessage}},"max_tokens":180}""");
    }

    [Fact]
    public async Task Chat_UnknownModel_Is404()
    {
        await _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"model":"gpt-4"}""", "model", "model_not_found", HttpStatusCode.NotFound);
        await _worker.RefusedAsync(Chat, $$"""{"messages":{{OneMessage}},"model":"instructor"}""", "model", "wrong_model_type");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chat_BodyTooLarge_Is413(bool declaresLength)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{new string('a', 3_000_000)}}"}]}""");
        using var content = declaresLength ? new ByteArrayContent(bytes) : (HttpContent)new StreamContent(new UnseekableStream(bytes));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = content };
        // The answer comes before the body is taken.
        request.Headers.ExpectContinue = true;
        using var response = await _worker.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("body_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_InvalidUtf8_IsRefused()
    {
        using var content = new ByteArrayContent([.. "{\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _worker.Client.PostAsync(Chat, content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("invalid_utf8", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_LoneSurrogate_IsRefused()
    {
        using var response = await _worker.PostAsync(Chat, """{"messages":[{"role":"user","content":"\ud800"}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Chat_NotJsonContentType_Is415()
    {
        using var response = await _worker.Client.PostAsync(Chat, new StringContent($$"""{"messages":{{OneMessage}}}""", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("POST", "/../etc/passwd", 404)]
    public async Task AnyPath_NotServed_AnswersInOpenAIsShape(string method, string path, int status)
    {
        using var response = await _worker.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.NotEqual("", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task AnyPath_ForeignHost_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Host = "rebound.example";
        using var response = await _worker.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private sealed class UnseekableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
