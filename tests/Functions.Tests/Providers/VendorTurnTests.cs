using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Histories that OpenAI takes and that other services refuse unless they are told in their own way: what is sent of them, for each of those services.</summary>
[Collection("gateway")]
public sealed class VendorTurnTests(AzuriteFixture azurite)
{
    private const string Anthropic = "anthropic";
    private const string Bedrock = "bedrock";
    private const string Gemini = "gemini";
    private const string Called = """{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"t","content":"one"}""";
    private const string Look = ""","tools":[{"type":"function","function":{"name":"look","parameters":{}}}]""";

    // dify #17545, vxcontrol/pentagi #196: "toolConfig must be defined when using toolUse and toolResult", which a caller that wants no more calls does not send.
    [Theory]
    [InlineData(Anthropic, "", """{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"look","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"one"}]}],"tools":[{"name":"look","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}""")]
    [InlineData(Anthropic, Look + ""","tool_choice":"none" """, ""","tools":[{"name":"look","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}""")]
    [InlineData(Bedrock, "", """{"role":"assistant","content":[{"text":"Call t of look: {\"a\":1}"}]},{"role":"user","content":[{"text":"Result of call t:"},{"text":"one"}]}]}""")]
    [InlineData(Bedrock, Look + ""","tool_choice":"none" """, """{"role":"assistant","content":[{"text":"Call t of look: {\"a\":1}"}]},{"role":"user","content":[{"text":"Result of call t:"},{"text":"one"}]}]}""")]
    [InlineData(Bedrock, Look, """[{"toolResult":{"toolUseId":"t","content":[{"text":"one"}]}}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}}]}}""")]
    public async Task Calls_OfEarlierTurns_AreTakenWithAndWithoutTools(string provider, string rest, string end)
    {
        await using var vendor = await StartAsync(provider);
        var answer = await vendor.ChatAsync(rest, $"[{Called}]");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.EndsWith(end, vendor.Sent.Body, StringComparison.Ordinal);
    }

    // An answer that was broken off between call and result, and a result whose call was trimmed away: these services refuse both, in words that name no message.
    [Theory]
    [InlineData(Anthropic)]
    [InlineData(Bedrock)]
    [InlineData(Gemini)]
    public async Task Calls_WithoutResultsAndResultsWithoutCalls_AreRefusedByTheirMessage(string provider)
    {
        const string Two = """{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"look","arguments":"{}"}},{"id":"u","type":"function","function":{"name":"look","arguments":"{}"}}]}""";
        const string T = """{"role":"tool","tool_call_id":"t","content":"1"}""";
        const string U = """{"role":"tool","tool_call_id":"u","content":"2"}""";
        await using var vendor = await StartAsync(provider);
        foreach (var (messages, param) in ((string, string)[])
        [
            ("""{"role":"user","content":"Q"},{"role":"tool","tool_call_id":"t","content":"1"}""", "messages[1].tool_call_id"),
            ($$"""{{Two}},{{T}},{"role":"tool","tool_call_id":"v","content":"2"}""", "messages[3].tool_call_id"),
            ($$"""{{Two}},{{T}},{{U}},{"role":"assistant","content":"So"},{{T}}""", "messages[5].tool_call_id"),
            (Two, "messages[1].tool_calls"),
            ($$"""{{Two}},{{T}}""", "messages[1].tool_calls"),
            ($$"""{{Two}},{{T}},{"role":"user","content":"Go on"},{"role":"assistant","content":"So"},{{U}}""", "messages[1].tool_calls"),
        ])
        {
            var answer = await vendor.ChatAsync(Look, $"[{messages}]");
            Assert.Equal((400, param), (answer.Status, answer.Param));
        }

        Assert.Empty(vendor.Host.Provider.Requests);
        // In any order, and with words of the user between, they are all there.
        Assert.Equal(200, (await vendor.ChatAsync(Look, $$"""[{{Two}},{{U}},{"role":"user","content":"Go on"},{{T}}]""")).Status);
    }

    // A result that says that the call failed is one wherever the service can be told so.
    [Theory]
    [InlineData(Anthropic, """{"type":"tool_result","tool_use_id":"t","content":"broken","is_error":true}""")]
    [InlineData(Bedrock, """{"toolResult":{"toolUseId":"t","content":[{"text":"broken"}],"status":"error"}}""")]
    [InlineData(Gemini, """{"functionResponse":{"name":"look","response":{"error":"broken"}}}""")]
    public async Task Results_ThatAreErrors_StayErrors(string provider, string told)
    {
        await using var vendor = await StartAsync(provider);
        var answer = await vendor.Host.PostAsync("/v1/messages", """{"model":"r","max_tokens":9,"tools":[{"name":"look","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"look","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"broken","is_error":true}]}]}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains(told, vendor.Sent.Body, StringComparison.Ordinal);
    }

    // anthropics/claude-code #59812 and #23369, lingarr #395: "text content blocks must be non-empty", and "must contain non-whitespace text".
    [Theory]
    [InlineData(Anthropic, """{"model":"m-1","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]}]}""")]
    [InlineData(Bedrock, """{"messages":[{"role":"user","content":[{"text":"A"},{"text":"B"}]}]}""")]
    [InlineData(Gemini, """{"contents":[{"role":"user","parts":[{"text":"A"},{"text":"B"}]}]}""")]
    public async Task Turns_OfNothingOrBlanks_AreNone(string provider, string body)
    {
        await using var vendor = await StartAsync(provider);
        var answer = await vendor.ChatAsync("", """[{"role":"system","content":""},{"role":"developer","content":" "},{"role":"user","content":"A"},{"role":"assistant","content":" \n"},{"role":"system","content":""},{"role":"user","content":"B"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(body, vendor.Sent.Body);
    }

    // llm-exe #503, deepagents #1585, skyvern #4795: models since Claude 4.6 refuse it, in words that go no further.
    [Theory]
    [InlineData("anthropic", "claude-opus-4-6", "/v1/messages", false)]
    [InlineData("anthropic", "claude-mythos-preview", "/v1/messages", false)]
    [InlineData("anthropic", "claude-haiku-4-5", "/v1/messages", true)]
    [InlineData("anthropic", "my-model", "/v1/messages", true)]
    [InlineData("bedrock", "us.anthropic.claude-sonnet-5", "/model/us.anthropic.claude-sonnet-5/converse", false)]
    [InlineData("bedrock", "amazon.nova-pro-v1:0", "/model/amazon.nova-pro-v1%3A0/converse", true)]
    public async Task LastTurnOfTheAssistant_IsNamedWhereTheModelRefusesIt(string provider, string model, string path, bool goesOn)
    {
        var block = provider == "anthropic" ? """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""" : """{"aws_access_key_id":"a","aws_secret_access_key":"b","aws_region":"us-east-1","bedrock_api_base":"BASE"}""";
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block, model: model);
        vendor.Answers(path, """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"end_turn","output":{"message":{"content":[{"text":"A"}]}},"stopReason":"end_turn"}""");
        vendor.Answers("/v1/messages/count_tokens", """{"input_tokens":3}""");
        var answer = await vendor.ChatAsync("", """[{"role":"system","content":"S"},{"role":"user","content":"A"},{"role":"assistant","content":"So"},{"role":"assistant","content":"far"}]""");
        if (!goesOn) Assert.Equal((400, "messages[3].role", 0), (answer.Status, answer.Param, vendor.Host.Provider.Requests.Count));

        // What says nothing is left out, and what is counted is not answered.
        if (provider != "anthropic") return;
        Assert.Equal(200, (await vendor.ChatAsync("", """[{"role":"user","content":"A"},{"role":"assistant","content":" "}]""")).Status);
        const string Message = """{"model":"r","messages":[{"role":"user","content":"A"},{"role":"assistant","content":"So far"}]}""";
        Assert.Equal(200, (await vendor.Host.PostAsync("/v1/messages/count_tokens", Message)).Status);
        var message = await vendor.Host.PostAsync("/v1/messages", Message.Insert(1, "\"max_tokens\":9,"));
        Assert.Equal((goesOn ? 200 : 400, goesOn ? null : "messages[1].role"), (message.Status, goesOn ? null : message.Param));
    }

    [Theory]
    [InlineData(Anthropic, """{"role":"assistant","content":[{"type":"text","text":"So far"}]}]""")]
    [InlineData(Bedrock, """{"role":"assistant","content":[{"text":"So far"}]}]""")]
    public async Task LastTurn_OfTheAssistant_EndsInNoWhiteSpace(string provider, string end)
    {
        await using var vendor = await StartAsync(provider);
        await vendor.ChatAsync("", """[{"role":"user","content":"A"},{"role":"assistant","content":"So far \n"}]""");
        Assert.Contains(end, vendor.Sent.Body, StringComparison.Ordinal);
    }

    // mlflow #24296: parallel calls' results are one turn; and they come first in it, whatever was said in between.
    [Theory]
    [InlineData(Anthropic, """{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"2"},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}]},{"type":"text","text":"Note"},{"type":"text","text":"Go on"}]}]""")]
    [InlineData(Bedrock, """{"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"text":"1"}]}},{"toolResult":{"toolUseId":"b","content":[{"text":"2"},{"image":{"format":"jpeg","source":{"bytes":"AAAA"}}}]}},{"text":"Note"},{"text":"Go on"}]}]""")]
    public async Task Results_OfParallelCalls_AreOneTurnWithTheirImagesAndComeFirst(string provider, string turn)
    {
        await using var vendor = await StartAsync(provider);
        var answer = await vendor.ChatAsync(
            Look,
            """[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"look","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"look","arguments":""}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"system","content":"Note"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}}]},{"role":"user","content":"Go on"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains(turn, vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_WithAnImage_HasItBehindItselfWhereThereIsNoPlaceInIt()
    {
        await using var vendor = await StartAsync(Gemini);
        var answer = await vendor.ChatAsync(Look, $$"""[{{Called.Replace("\"one\"", """[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]""", StringComparison.Ordinal)}}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains("""{"functionResponse":{"name":"look","response":{"result":""}}},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_OfNothing_IsAnEmptyObjectForBedrock()
    {
        await using var vendor = await StartAsync(Bedrock);
        await vendor.ChatAsync(Look, $"[{Called.Replace("\"one\"", "\"\"", StringComparison.Ordinal)}]");
        Assert.Contains("""{"toolResult":{"toolUseId":"t","content":[{"json":{}}]}}""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    // Portkey #1374: without its marks a prompt is paid for whole each time.
    [Theory]
    [InlineData(Anthropic, """{"model":"m-1","max_tokens":4096,"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Q"}]}],"tools":[{"name":"look","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}]}""")]
    [InlineData(Bedrock, """{"system":[{"text":"S"},{"cachePoint":{"type":"default"}}],"messages":[{"role":"user","content":[{"text":"long"},{"cachePoint":{"type":"default"}},{"text":"Q"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}]}}""")]
    [InlineData(Gemini, """{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"long"},{"text":"Q"}]}],"tools":[{"functionDeclarations":[{"name":"look","description":""}]}]}""")]
    public async Task CacheControl_OnMessagePartAndTool_ReachesTheServicesThatHaveIt(string provider, string body)
    {
        await using var vendor = await StartAsync(provider);
        var answer = await vendor.ChatAsync(
            ""","tools":[{"type":"function","function":{"name":"look","description":""},"cache_control":{"type":"ephemeral"}}]""",
            """[{"role":"system","content":"S","cache_control":{"type":"ephemeral","ttl":"1h"}},{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Q","cache_control":null}]}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(body, vendor.Sent.Body);
    }

    // A history that another model began has that model's ids (Kimi's have dots and colons), which these two refuse by their pattern.
    [Theory]
    [InlineData(Anthropic, "functions.look:0")]
    [InlineData(Bedrock, "functions.look:0")]
    [InlineData(Bedrock, "0123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task Ids_OfAnotherModelsCalls_AreTakenAndStillMeet(string provider, string id)
    {
        await using var vendor = await StartAsync(provider);
        await vendor.ChatAsync(Look, $"[{Called.Replace("\"t\"", $"\"{id}\"", StringComparison.Ordinal)}]");
        var ids = System.Text.RegularExpressions.Regex.Matches(vendor.Sent.Body, "\"(?:id|tool_use_id|toolUseId)\":\"([^\"]*)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(2, ids.Count);
        Assert.Equal(ids[0], ids[1]);
        Assert.Matches("^[A-Za-z0-9_-]{1,64}$", ids[0]);
    }

    [Fact]
    public async Task Stop_OfWhiteSpace_IsRefusedByItsPlaceWhereItIsNotTaken()
    {
        await using var vendor = await StartAsync(Anthropic);
        var answer = await vendor.ChatAsync(""","stop":["a","\n"]""");
        Assert.Equal((400, "stop[1]"), (answer.Status, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    // LiteLLM #5063, haystack #1947, rust-genai #114: a call that takes nothing streams no arguments, and "" is no JSON.
    [Fact]
    public async Task Call_WithoutArguments_Streamed_HasAnEmptyObject()
    {
        await using var anthropic = await StartAsync(Anthropic);
        anthropic.Streams("/v1/messages", """
            data: {"type":"message_start","message":{"usage":{"input_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"look","input":{}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}

            data: {"type":"content_block_stop","index":0}

            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"b","name":"look","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}

            data: {"type":"content_block_stop","index":1}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

            data: {"type":"message_stop"}


            """);
        const string Both = """[{"index":0,"id":"a","type":"function","function":{"name":"look","arguments":""}}][{"index":0,"function":{"arguments":"{}"}}][{"index":1,"id":"b","type":"function","function":{"name":"look","arguments":""}}][{"index":1,"function":{"arguments":"{\"a\":1}"}}]""";
        Assert.Equal(Both, VendorHost.Read(await anthropic.ChatAsync(""","stream":true""")).Calls);

        await using var cohere = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        cohere.Streams("/v2/chat", """
            data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","function":{"name":"look","arguments":""}}}}}

            data: {"type":"tool-call-end","index":0}

            data: {"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"b","function":{"name":"look","arguments":""}}}}}

            data: {"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}

            data: {"type":"tool-call-end","index":1}

            data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}


            """);
        Assert.Equal(Both, VendorHost.Read(await cohere.ChatAsync(""","stream":true""")).Calls);
    }

    private async Task<VendorHost> StartAsync(string provider)
    {
        var block = provider == Bedrock
            ? """{"aws_access_key_id":"A","aws_secret_access_key":"s","aws_region":"us-east-1","bedrock_api_base":"BASE"}"""
            : $$"""{"{{provider}}_api_key":"k","{{provider}}_api_base":"BASE"}""";
        var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers("/v1/messages", """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"end_turn"}""");
        vendor.Answers("/model/m-1/converse", """{"output":{"message":{"content":[{"text":"A"}]}},"stopReason":"end_turn"}""");
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        return vendor;
    }
}
