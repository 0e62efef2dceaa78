using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class AnthropicTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/messages";
    private const string Block = """{"anthropic_api_key":"key-a","anthropic_api_base":"BASE"}""";
    private const string Whole = """{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_read_input_tokens":20,"cache_creation_input_tokens":3,"output_tokens":2}}""";

    private const string Stream = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":5,"cache_read_input_tokens":20,"output_tokens":1}}}

        event: ping
        data: {"type":"ping"}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo \u00e9"}}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"tu_1","name":"look","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

        event: message_stop
        data: {"type":"message_stop"}


        """;

    [Fact]
    public async Task Chat_Plain_SpeaksMessages()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, Whole);
        var answer = await vendor.ChatAsync(
            ""","temperature":0.5,"max_tokens":9,"stop":["END"],"top_k":3,"user":"u-1" """,
            """[{"role":"system","content":"S1"},{"role":"developer","content":"S2"},{"role":"user","content":"A"},{"role":"user","content":[{"type":"text","text":"B"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR"}}]}]""".Replace("iVBOR", "iVBORw==", StringComparison.Ordinal));
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("""{"prompt_tokens":28,"completion_tokens":2,"total_tokens":30,"prompt_tokens_details":{"cached_tokens":20,"cache_creation_tokens":3}}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal("POST /v1/messages", vendor.Sent.Line);
        Assert.Equal(("key-a", "2023-06-01", "application/json"), (vendor.Sent.Headers["x-api-key"], vendor.Sent.Headers["anthropic-version"], vendor.Sent.Headers["Content-Type"]));
        Assert.False(vendor.Sent.Headers.ContainsKey("Authorization"));
        Assert.Equal(
            """{"model":"m-1","max_tokens":9,"system":"S1\n\nS2","messages":[{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw=="}}]}],"temperature":0.5,"top_k":3,"stop_sequences":["END"],"metadata":{"user_id":"u-1"}}""",
            vendor.Sent.Body);
    }

    // Models since Claude 4.1 refuse both at once, later ones either; clients send 1 unasked (new-api #5122, opencode #1644).
    [Theory]
    [InlineData(""","temperature":0.7,"top_p":1""", """{"temperature":0.7}""")]
    [InlineData(""","temperature":1,"top_p":0.9""", """{"top_p":0.9}""")]
    [InlineData(""","temperature":1,"top_p":1""", "{}")]
    [InlineData(""","temperature":0,"top_p":0""", """{"temperature":0,"top_p":0}""")]
    public async Task Chat_OfNeutralSampling_SaysNothingOfIt(string rest, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, Whole);
        var answer = await vendor.ChatAsync(rest);
        Assert.True(answer.Status == 200, answer.Body);
        var told = vendor.Sent.Json.EnumerateObject().Where(field => field.Name is "temperature" or "top_p").Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}");
        Assert.Equal(sent, $"{{{string.Join(',', told)}}}");
    }

    // LiteLLM #37599: an account with nothing left is a bad request there, and was one here.
    [Theory]
    [InlineData("Your credit balance is too low to access the Anthropic API.")]
    [InlineData("You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.")]
    public async Task Refusal_OfAnAccountWithNothingLeft_IsAQuota(string message)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, """{"type":"error","error":{"type":"invalid_request_error","message":"TEXT"}}""".Replace("TEXT", message, StringComparison.Ordinal), 400);
        var answer = await vendor.ChatAsync();
        Assert.Equal((429, "insufficient_quota"), (answer.Status, answer.Code));
        Assert.Single(vendor.Host.Provider.Requests);
    }

    [Fact]
    public async Task Chat_StreamedWithTools_IsTranslatedBothWays()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, Stream);
        var answer = await vendor.ChatAsync(
            ""","stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}],"tool_choice":"required" """,
            """[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"t0","type":"function","function":{"name":"look","arguments":"{\"a\":0}"}}]},{"role":"tool","tool_call_id":"t0","content":"zero"}]""");
        var (text, calls, finish, usage) = VendorHost.Read(answer);
        Assert.Equal(("Hello é", "tool_calls"), (text, finish));
        Assert.Equal("""[{"index":0,"id":"tu_1","type":"function","function":{"name":"look","arguments":""}}][{"index":0,"function":{"arguments":"{\"a\":1}"}}]""", calls);
        Assert.Equal("""{"prompt_tokens":25,"completion_tokens":9,"total_tokens":34,"prompt_tokens_details":{"cached_tokens":20}}""", usage);
        Assert.Equal(
            """{"model":"m-1","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Q"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t0","name":"look","input":{"a":0}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","content":"zero"}]}],"tools":[{"name":"look","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"integer"}}}}],"tool_choice":{"type":"any"},"stream":true}""",
            vendor.Sent.Body);
    }

    [Theory]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 20005 tokens > 4096 maximum"}}""", 400, "context_length_exceeded")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"secret words"}}""", 400, "invalid_request_error")]
    [InlineData(401, """{"type":"error","error":{"type":"authentication_error","message":"secret words"}}""", 502, "upstream_authentication")]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"secret words"}}""", 502, "upstream_model_not_found")]
    [InlineData(200, "secret words", 502, "upstream_invalid_response")]
    [InlineData(200, "{}", 502, "upstream_invalid_response")]
    public async Task Error_Answered_IsTranslatedAndQuotesNoContent(int upstream, string body, int status, string code)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, body, upstream);
        var answer = await vendor.ChatAsync();
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.DoesNotContain("secret words", answer.Body, StringComparison.Ordinal);
        if (code == "context_length_exceeded") Assert.Contains("20005, 4096", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("message_delta", "upstream_unreachable")]
    [InlineData("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"lo", "upstream_unreachable")]
    public async Task Stream_BrokenOff_EndsInAnErrorAndNoDone(string at, string code)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, Stream[..Stream.IndexOf(at, StringComparison.Ordinal)]);
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("Hel", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"data: {{\"error\":{{\"code\":\"{code}\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.Body, StringComparison.Ordinal);
        // What the prompt took was told at the beginning, and is not estimated.
        var row = Assert.Single((await vendor.Host.GetAsync("/usage?groupBy=route")).Json.GetProperty("usage").EnumerateArray());
        Assert.Equal((25, 20), (row.GetProperty("prompt_tokens").GetInt32(), row.GetProperty("cached_tokens").GetInt32()));
        Assert.InRange(row.GetProperty("completion_tokens").GetInt32(), 1, 20);
    }

    [Fact]
    public async Task Stream_OverloadedInTheMiddle_IsAnError()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, Stream[..Stream.IndexOf("event: message_delta", StringComparison.Ordinal)] + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"secret words\"}}\n\n");
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("data: {\"error\":{\"code\":\"upstream_unavailable\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", answer.Body, StringComparison.Ordinal);
    }

    // Models that think unasked, and servers of this API that do: the thoughts are told as they are on OpenAI's wire.
    [Fact]
    public async Task Thoughts_AreReasoningContent()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, """{"type":"message","content":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"A"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":3}}""");
        Assert.Equal("""{"role":"assistant","content":"A","refusal":null,"reasoning_content":"Hm","thinking_blocks":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"redacted_thinking","data":"x"}]}""", (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
        vendor.Streams(Path, Stream.Replace("""{"type":"text_delta","text":"Hel"}""", """{"type":"thinking_delta","thinking":"Hm"}""", StringComparison.Ordinal));
        var streamed = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("""{"index":0,"delta":{"reasoning_content":"Hm"},"finish_reason":null}""", streamed.Body, StringComparison.Ordinal);
        Assert.Equal("lo é", VendorHost.Read(streamed).Text);
    }

    [Fact]
    public async Task Parameter_ThatItDoesNotHave_IsRefusedByName()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        foreach (var (rest, name) in new[] { (""","seed":1""", "seed"), (""","n":2""", "n"), (""","logprobs":true""", "logprobs"), (""","temperature":1.5""", "temperature") })
        {
            var answer = await vendor.ChatAsync(rest);
            Assert.Equal((400, name), (answer.Status, answer.Param));
        }

        Assert.Empty(vendor.Host.Provider.Requests);
    }
}
