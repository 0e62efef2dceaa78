using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>response_format at services that have tools and no formats: what LangChain's withStructuredOutput and the AI SDK's generateObject send (envoyproxy/ai-gateway #1419, Helicone #5639).</summary>
[Collection("gateway")]
public sealed class StructuredAnswerTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/messages";
    private const string Block = """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""";
    private const string Format = ""","response_format":{"type":"json_schema","json_schema":{"name":"city","description":"A city","strict":true,"schema":{"type":"object","properties":{"capital":{"type":"string"}},"required":["capital"]}}}""";
    private const string Tools = ""","tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]""";
    private const string Answered = """{"type":"message","content":[{"type":"text","text":"Here you are:"},{"type":"tool_use","id":"t","name":"answer_in_json","input":{"capital":"Paris"}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":2}}""";

    [Fact]
    public async Task Schema_OfAChat_IsAToolThatMustBeCalledAndItsArgumentsTheText()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, Answered);
        var choice = (await vendor.ChatAsync(Format)).Json.GetProperty("choices")[0];
        Assert.Equal(("""{"capital":"Paris"}""", "stop"), (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString()));
        Assert.False(choice.GetProperty("message").TryGetProperty("tool_calls", out _));
        Assert.Equal(
            """[{"name":"answer_in_json","description":"A city","input_schema":{"type":"object","properties":{"capital":{"type":"string"}},"required":["capital"]}}]""",
            vendor.Sent.Json.GetProperty("tools").GetRawText());
        Assert.Equal("""{"type":"tool","name":"answer_in_json","disable_parallel_tool_use":true}""", vendor.Sent.Json.GetProperty("tool_choice").GetRawText());
    }

    // "Thinking may not be enabled when tool_choice forces tool use": the tool is offered then, and what is answered without it is told as it is.
    [Theory]
    [InlineData("""{"type":"enabled","budget_tokens":1024}""", true)]
    [InlineData("""{"type":"adaptive"}""", true)]
    [InlineData("""{"type":"disabled"}""", false)]
    public async Task Schema_BesideThinking_IsAToolThatMayBeCalled(string thinking, bool thinks)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, Answered);
        var choice = (await vendor.ChatAsync($"{Format},\"max_tokens\":4096,\"thinking\":{thinking}")).Json.GetProperty("choices")[0];
        Assert.Equal("""{"capital":"Paris"}""", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(thinks ? "auto" : "tool", vendor.Sent.Json.GetProperty("tool_choice").GetProperty("type").GetString());
        vendor.Answers(Path, """{"type":"message","content":[{"type":"text","text":"{\"capital\":\"Rome\"}"}],"stop_reason":"end_turn"}""");
        choice = (await vendor.ChatAsync($"{Format},\"max_tokens\":4096,\"thinking\":{thinking}")).Json.GetProperty("choices")[0];
        Assert.Equal("""{"capital":"Rome"}""", choice.GetProperty("message").GetProperty("content").GetString());

        vendor.Host.Provider.Requests.Clear();
        await vendor.ChatAsync($"{Tools},\"tool_choice\":\"required\",\"max_tokens\":4096,\"thinking\":{thinking}");
        Assert.Equal(thinks ? "auto" : "any", vendor.Sent.Json.GetProperty("tool_choice").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Schema_OfAStream_ComesPieceByPiece()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, """
            data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Here:"}}

            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"answer_in_json","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"capital\":"}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Paris\"}"}}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

            data: {"type":"message_stop"}


            """);
        var (text, calls, finish, _) = VendorHost.Read(await vendor.ChatAsync(Format + ""","stream":true"""));
        Assert.Equal(("""{"capital":"Paris"}""", "", "stop"), (text, calls, finish));
    }

    [Theory]
    [InlineData("", """["look","answer_in_json"]""", """{"type":"any"}""")]
    [InlineData(""","tool_choice":"auto" """, """["look","answer_in_json"]""", """{"type":"any"}""")]
    [InlineData(""","tool_choice":"none" """, """["look","answer_in_json"]""", """{"type":"tool","name":"answer_in_json","disable_parallel_tool_use":true}""")]
    [InlineData(""","tool_choice":"required" """, """["look"]""", """{"type":"any"}""")]
    [InlineData(""","tool_choice":{"type":"function","function":{"name":"look"}}""", """["look"]""", """{"type":"tool","name":"look"}""")]
    public async Task Schema_BesideTools_LeavesTheModelToCallOrAnswer(string rest, string names, string choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, """{"type":"message","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"t","name":"look","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":2}}""");
        var told = (await vendor.ChatAsync(Format + Tools + rest)).Json.GetProperty("choices")[0];
        Assert.Equal(("Let me look.", "tool_calls"), (told.GetProperty("message").GetProperty("content").GetString(), told.GetProperty("finish_reason").GetString()));
        Assert.Equal("look", told.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal(names, JsonSerializer.Serialize(vendor.Sent.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString())));
        Assert.Equal(choice, vendor.Sent.Json.GetProperty("tool_choice").GetRawText());
    }

    [Fact]
    public async Task Object_OfAnyShape_IsAToolOfAnyArguments()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, Answered);
        Assert.Equal("""{"capital":"Paris"}""", (await vendor.ChatAsync(""","response_format":{"type":"json_object"}""")).Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("""{"type":"object","additionalProperties":true}""", vendor.Sent.Json.GetProperty("tools")[0].GetProperty("input_schema").GetRawText());
    }

    [Theory]
    [InlineData("refusal", "content_filter")]
    [InlineData("max_tokens", "length")]
    public async Task Answer_ThatCallsNothing_IsWhatTheModelSaid(string reason, string finish)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, """{"type":"message","content":[{"type":"text","text":"I can not."}],"stop_reason":"REASON","usage":{"input_tokens":5,"output_tokens":2}}""".Replace("REASON", reason, StringComparison.Ordinal));
        var choice = (await vendor.ChatAsync(Format)).Json.GetProperty("choices")[0];
        Assert.Equal(("I can not.", finish), (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task Schema_AtBedrock_IsAToolToo()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", """{"aws_access_key_id":"a","aws_secret_access_key":"s","aws_region":"us-east-1","bedrock_api_base":"BASE"}""");
        vendor.Answers("/model/m-1/converse", """{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"s"}}},{"toolUse":{"toolUseId":"t","name":"answer_in_json","input":{"capital":"Paris"}}}]}},"stopReason":"tool_use","usage":{"inputTokens":7,"outputTokens":2}}""");
        var choice = (await vendor.ChatAsync(Format)).Json.GetProperty("choices")[0];
        Assert.Equal("""{"role":"assistant","content":"{\"capital\":\"Paris\"}","refusal":null,"reasoning_content":"Hm","thinking_blocks":[{"type":"thinking","thinking":"Hm","signature":"s"}]}""", choice.GetProperty("message").GetRawText());
        Assert.Equal("""{"tool":{"name":"answer_in_json"}}""", vendor.Sent.Json.GetProperty("toolConfig").GetProperty("toolChoice").GetRawText());
    }

    // "Function calling with a response mime type: 'application/json' is unsupported" (googleapis/python-genai #867); Gemini 3 takes both.
    [Theory]
    [InlineData("gemini-2.5-pro", "", false, """{"mode":"ANY"}""")]
    [InlineData("gemini-2.5-pro", ""","tool_choice":"none" """, false, """{"mode":"ANY","allowedFunctionNames":["answer_in_json"]}""")]
    [InlineData("gemini-2.5-pro", ""","tool_choice":"auto","thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":2048""", false, """{"mode":"ANY"}""")]
    [InlineData("gemini-3-pro-preview", ""","tool_choice":"auto" """, true, """{"mode":"AUTO"}""")]
    public async Task Schema_BesideToolsOfGemini_IsAToolBeforeTheThird(string model, string rest, bool isFormat, string choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", model: model);
        var part = isFormat ? """{"text":"{\"capital\":\"Paris\"}"}""" : """{"functionCall":{"name":"answer_in_json","args":{"capital":"Paris"}}}""";
        vendor.Answers($"/v1beta/models/{model}:generateContent", """{"candidates":[{"content":{"parts":[PART]},"finishReason":"STOP"}]}""".Replace("PART", part, StringComparison.Ordinal));
        var told = (await vendor.ChatAsync(Format + Tools + rest)).Json.GetProperty("choices")[0];
        Assert.Equal(("""{"capital":"Paris"}""", "stop"), (told.GetProperty("message").GetProperty("content").GetString(), told.GetProperty("finish_reason").GetString()));
        Assert.False(told.GetProperty("message").TryGetProperty("tool_calls", out _));
        string[] names = isFormat ? ["look"] : ["look", "answer_in_json"];
        Assert.Equal(names, vendor.Sent.Json.GetProperty("tools")[0].GetProperty("functionDeclarations").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()));
        Assert.Equal(choice, vendor.Sent.Json.GetProperty("toolConfig").GetProperty("functionCallingConfig").GetRawText());
        Assert.Equal(isFormat, vendor.Sent.Body.Contains("responseMimeType", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Schema_BesideToolsOfGemini_IsEachOfSeveralAnswers()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        vendor.Answers("/v1beta/models/m-1:generateContent", """
            {"candidates":[
              {"index":0,"content":{"parts":[{"text":"Here:"},{"functionCall":{"name":"answer_in_json","args":{"capital":"Rome"}}}]},"finishReason":"STOP"},
              {"index":1,"content":{"parts":[{"text":"Let me look."},{"functionCall":{"name":"look","args":{}}}]},"finishReason":"STOP"},
              {"index":2,"content":{"parts":[{"text":"I can"}]},"finishReason":"MAX_TOKENS"}]}
            """);
        var choices = (await vendor.ChatAsync(Format + Tools + ""","n":3""")).Json.GetProperty("choices").EnumerateArray().ToList();
        Assert.Equal(
            [("""{"capital":"Rome"}""", "stop"), ("Let me look.", "tool_calls"), ("I can", "length")],
            choices.Select(choice => (choice.GetProperty("message").GetProperty("content").GetString()!, choice.GetProperty("finish_reason").GetString()!)));
        Assert.Equal("look", choices[1].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
    }

    // "response_format is not supported with tools" there.
    [Theory]
    [InlineData("", """["look","answer_in_json"]""", "REQUIRED")]
    [InlineData(""","tool_choice":"none" """, """["answer_in_json"]""", "REQUIRED")]
    [InlineData(""","tool_choice":"required" """, """["look"]""", "REQUIRED")]
    public async Task Schema_BesideToolsOfCohere_IsATool(string rest, string names, string choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        vendor.Answers("/v2/chat", """{"finish_reason":"TOOL_CALL","message":{"tool_plan":"Hm","tool_calls":[{"id":"t","type":"function","function":{"name":"answer_in_json","arguments":"{\"capital\":\"Paris\"}"}}]}}""");
        var told = (await vendor.ChatAsync(Format + Tools + rest)).Json.GetProperty("choices")[0];
        if (!rest.Contains("required", StringComparison.Ordinal)) Assert.Equal(("""{"capital":"Paris"}""", "stop"), (told.GetProperty("message").GetProperty("content").GetString(), told.GetProperty("finish_reason").GetString()));
        Assert.Equal(names, JsonSerializer.Serialize(vendor.Sent.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString())));
        Assert.Equal(choice, vendor.Sent.Json.GetProperty("tool_choice").GetString());
        Assert.DoesNotContain("response_format", vendor.Sent.Body, StringComparison.Ordinal);
    }

    // What a stream has told of the prompt's tokens, by which one that breaks off is settled.
    [Fact]
    public async Task Stream_ThatBreaksOff_IsSettledByThePromptsTokens()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, """
            data: {"type":"message_start","message":{"usage":{"input_tokens":531,"output_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Here:"}}

            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"answer_in_json","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"capital\":"}}


            """);
        var answer = await vendor.ChatAsync(Format + ""","stream":true""");
        Assert.Contains("capital", answer.Body, StringComparison.Ordinal);
        var row = Assert.Single((await vendor.Host.GetAsync("/usage?groupBy=route")).Json.GetProperty("usage").EnumerateArray());
        Assert.Equal(531, row.GetProperty("prompt_tokens").GetInt32());
    }

    // "Grammar and tools are mutually exclusive" there.
    [Fact]
    public async Task Schema_BesideToolsOfTextGenerationInference_IsATool()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""");
        vendor.Answers("/v1/chat/completions", """{"choices":[{"index":0,"message":{"tool_calls":[{"id":"t","type":"function","function":{"name":"answer_in_json","arguments":"{\"capital\":\"Paris\"}"}}]},"finish_reason":"tool_calls"}]}""");
        var told = (await vendor.ChatAsync(Format + Tools)).Json.GetProperty("choices")[0];
        Assert.Equal(("""{"capital":"Paris"}""", "stop"), (told.GetProperty("message").GetProperty("content").GetString(), told.GetProperty("finish_reason").GetString()));
        Assert.Equal("required", vendor.Sent.Json.GetProperty("tool_choice").GetString());
        Assert.DoesNotContain("response_format", vendor.Sent.Body, StringComparison.Ordinal);
    }
}
