using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>The edges of what services and the proxies before them send, the same on each wire: keep-alives, labels in other letters, errors where an answer should be, ends that are not told.</summary>
[Collection("gateway")]
public sealed class StreamEdgesTests(AzuriteFixture azurite)
{
    private const string OpenAi = "openai";
    private const string Anthropic = "anthropic";
    private const string Gemini = "gemini";
    private const string Cohere = "cohere";
    private const string Bedrock = "bedrock";

    private static readonly Dictionary<string, Wire> Wires = new()
    {
        [OpenAi] = new("""{"openai_api_base":"BASE/v1"}""", "/v1/chat/completions", "/v1/chat/completions", """{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}""", """{"choices":[{"index":0,"delta":{"content":"Hello"}}]}|{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}|[DONE]"""),
        [Anthropic] = new("""{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", "/v1/messages", "/v1/messages", """{"type":"message","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}""", """{"type":"message_start","message":{"model":"m"}}|{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}|{"type":"message_stop"}"""),
        [Gemini] = new("""{"gemini_api_key":"k","gemini_api_base":"BASE"}""", "/v1beta/models/m-1:generateContent", "/v1beta/models/m-1:streamGenerateContent", """{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}""", """{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}]}|{"candidates":[{"content":{"parts":[]},"finishReason":"STOP"}]}"""),
        [Cohere] = new("""{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/chat", "/v2/chat", """{"finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":"Hello"}]}}""", """{"type":"content-delta","delta":{"message":{"content":{"text":"Hello"}}}}|{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"""),
        [Bedrock] = new("""{"aws_access_key_id":"a","aws_secret_access_key":"b","aws_region":"us-east-1","bedrock_api_base":"BASE"}""", "/model/m-1/converse", "", """{"output":{"message":{"content":[{"text":"Hello"}]}},"stopReason":"end_turn"}""", ""),
    };

    /// <summary>By the standard an event whose data is empty is none (WHATWG HTML, 9.2.6).</summary>
    [Theory]
    [InlineData(OpenAi, "data:\n\n")]
    [InlineData(Anthropic, "data: \n\n")]
    [InlineData(Gemini, "data: \r\n\r\n")]
    [InlineData(Cohere, "event: ping\ndata:\n\n")]
    [InlineData(OpenAi, "event: ping\ndata: {\"type\": \"ping\"}\n\n")]
    [InlineData(Anthropic, "event: ping\ndata: {\"type\": \"ping\"}\n\n")]
    public async Task Events_ThatKeepAConnection_AreNoAnswerAndNoFailure(string wire, string ping)
    {
        await using var vendor = await StartAsync(wire);
        vendor.Streams(Wires[wire].StreamPath, ping + string.Concat(Wires[wire].Frames.Split('|').Select(frame => $"data: {frame}\n\n{ping}")));
        var (text, _, finish, _) = VendorHost.Read(await vendor.ChatAsync(""","stream":true"""));
        Assert.Equal(("Hello", "stop"), (text, finish));
    }

    /// <summary>Media types have no case, and JSON may have a byte order mark before it.</summary>
    [Theory]
    [InlineData(OpenAi, "Application/JSON; charset=UTF-8", true)]
    [InlineData(Anthropic, "APPLICATION/JSON", true)]
    [InlineData(Cohere, "Application/Json", false)]
    [InlineData(Gemini, "application/json", false)]
    [InlineData(Bedrock, "application/json", false)]
    public async Task Document_LabelledInOtherLettersOrMarked_IsRead(string wire, string label, bool streams)
    {
        await using var vendor = await StartAsync(wire);
        vendor.Host.Provider.On(Wires[wire].Path, http => WriteAsync(http, label, "\uFEFF" + Wires[wire].Whole));
        var answer = await vendor.ChatAsync(streams ? ""","stream":true""" : "");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains("Hello", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OpenAi)]
    [InlineData(Anthropic)]
    [InlineData(Cohere)]
    public async Task Stream_LabelledInOtherLetters_ThatNobodyAskedFor_IsRead(string wire)
    {
        await using var vendor = await StartAsync(wire);
        vendor.Host.Provider.On(Wires[wire].Path, http => WriteAsync(http, "Text/Event-Stream;charset=UTF-8", string.Concat(Wires[wire].Frames.Split('|').Select(frame => $"data: {frame}\n\n"))));
        var answer = await vendor.ChatAsync();
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    /// <summary>An error inside a 200 has the status that it names, in whichever shape it comes.</summary>
    [Theory]
    [InlineData(Anthropic, """{"type":"error","error":{"type":"overloaded_error","message":"secret words"}}""", 503, "upstream_unavailable")]
    [InlineData(Anthropic, """{"type":"error","error":{"type":"rate_limit_error","message":"secret words"}}""", 429, "upstream_rate_limited")]
    [InlineData(Anthropic, """{"error":{"message":"secret words","code":503}}""", 503, "upstream_unavailable")]
    [InlineData(Anthropic, """{"error":"secret words"}""", 502, "upstream_error")]
    [InlineData(Cohere, """{"id":"x","message":"secret words"}""", 502, "upstream_error")]
    [InlineData(Cohere, """{"error":{"message":"secret words","code":429}}""", 429, "upstream_rate_limited")]
    [InlineData(Gemini, """{"error":{"code":503,"message":"secret words","status":"UNAVAILABLE"}}""", 503, "upstream_unavailable")]
    [InlineData(Bedrock, """{"message":"secret words"}""", 502, "upstream_error")]
    [InlineData(Bedrock, """{"error":{"message":"secret words","code":429}}""", 429, "upstream_rate_limited")]
    [InlineData(Anthropic, """{"type":"banana"}""", 502, "upstream_invalid_response")]
    [InlineData(Cohere, """{"id":"x"}""", 502, "upstream_invalid_response")]
    [InlineData(Bedrock, """{"id":"x"}""", 502, "upstream_invalid_response")]
    public async Task Error_InsteadOfAnAnswer_HasItsStatus(string wire, string document, int status, string code)
    {
        await using var vendor = await StartAsync(wire);
        vendor.Answers(Wires[wire].Path, document);
        var whole = await vendor.ChatAsync();
        Assert.Equal((status, code), (whole.Status, whole.Code));
        Assert.DoesNotContain("secret words", whole.Body + vendor.Host.Logs.All, StringComparison.Ordinal);
    }

    /// <summary>A proxy's error in OpenAI's shape, in the middle of a stream of another.</summary>
    [Theory]
    [InlineData(OpenAi)]
    [InlineData(Anthropic)]
    [InlineData(Gemini)]
    [InlineData(Cohere)]
    public async Task Error_OfAProxyInTheMiddle_IsTheErrorThatItIs(string wire)
    {
        await using var vendor = await StartAsync(wire);
        var begun = Wires[wire].Frames.Split('|').TakeWhile(frame => !frame.Contains("finish", StringComparison.OrdinalIgnoreCase) && !frame.Contains("message_delta", StringComparison.Ordinal));
        vendor.Streams(Wires[wire].StreamPath, string.Concat(begun.Select(frame => $"data: {frame}\n\n")) + """data: {"error":{"message":"secret words","code":503}}""" + "\n\n");
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("Hello", answer.Body, StringComparison.Ordinal);
        Assert.Contains("data: {\"error\":{\"code\":\"upstream_unavailable\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", answer.Body, StringComparison.Ordinal);
    }

    /// <summary>Where a service has said why an answer ended, it has ended; before that it broke off.</summary>
    [Theory]
    [InlineData(OpenAi, 1, true)]
    [InlineData(OpenAi, 2, false)]
    [InlineData(Anthropic, 1, true)]
    [InlineData(Anthropic, 2, false)]
    public async Task Stream_WithoutItsLastEvents_IsWholeWhereItsReasonHasCome(string wire, int missing, bool isWhole)
    {
        await using var vendor = await StartAsync(wire);
        vendor.Streams(Wires[wire].StreamPath, string.Concat(Wires[wire].Frames.Split('|')[..^missing].Select(frame => $"data: {frame}\n\n")));
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Equal(isWhole, answer.Body.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
        Assert.Equal(!isWhole, answer.Body.Contains("\"code\":\"upstream_unreachable\"", StringComparison.Ordinal));
    }

    private static Task WriteAsync(HttpContext http, string label, string body)
    {
        http.Response.ContentType = label;
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    }

    private Task<VendorHost> StartAsync(string wire) => VendorHost.StartAsync(azurite, wire, Wires[wire].Block);

    private sealed record Wire(string Block, string Path, string StreamPath, string Whole, string Frames);
}
