using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class GeminiTests(AzuriteFixture azurite)
{
    private const string Block = """{"gemini_api_key":"key-g","gemini_api_base":"BASE"}""";

    [Fact]
    public async Task Chat_Plain_SpeaksGenerateContent()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"role":"model","parts":[{"text":"thinking","thought":true},{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":2,"thoughtsTokenCount":5,"cachedContentTokenCount":6,"totalTokenCount":17},"modelVersion":"m-1-001"}""");
        var answer = await vendor.ChatAsync(
            ""","temperature":1.5,"max_tokens":9,"stop":["a"],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}},"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"f"}}""",
            """[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"i","content":"r"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("""{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":5}}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal(("POST /v1beta/models/m-1:generateContent", "key-g"), (vendor.Sent.Line, vendor.Sent.Headers["x-goog-api-key"]));
        Assert.Equal(
            """{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"t"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"r"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"generationConfig":{"temperature":1.5,"maxOutputTokens":9,"stopSequences":["a"]}}""",
            vendor.Sent.Body);
    }

    /// <summary>Results have no ids there, and clients give them in the order in which they were ready; penalties of 0, which clients send unasked, some models refuse.</summary>
    [Fact]
    public async Task Results_OfOneFunction_StandInTheOrderOfTheirCalls()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        var answer = await vendor.ChatAsync(
            ""","presence_penalty":0,"frequency_penalty":0.5""",
            """[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"b","content":"B"},{"role":"tool","tool_call_id":"a","content":"A"},{"role":"user","content":"T"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """[{"functionResponse":{"name":"f","response":{"result":"A"}}},{"functionResponse":{"name":"f","response":{"result":"B"}}},{"text":"T"}]""",
            vendor.Sent.Json.GetProperty("contents")[2].GetProperty("parts").GetRawText());
        Assert.Equal("""{"frequencyPenalty":0.5}""", vendor.Sent.Json.GetProperty("generationConfig").GetRawText());
    }

    [Fact]
    public async Task Chat_Streamed_IsTranslated()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Streams(
            "/v1beta/models/m-1:streamGenerateContent",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]},\"index\":0}]}\r\n\r\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lo\"},{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":1}}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":4}}\r\n\r\n");
        var (text, calls, finish, usage) = VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true}"""));
        Assert.Equal(("Hello", "tool_calls"), (text, finish));
        Assert.Matches("""^\[\{"index":0,"id":"call_[0-9a-f]{32}","type":"function","function":\{"name":"f","arguments":"\{\\"a\\":1}"}}]$""", calls);
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}""", usage);
        Assert.Equal("POST /v1beta/models/m-1:streamGenerateContent?alt=sse", vendor.Sent.Line);
    }

    /// <summary>Each chunk tells the prompt's tokens: a stream that breaks off is settled by them, and Anthropic's clients have them at the beginning.</summary>
    [Fact]
    public async Task Stream_TellsThePromptsTokensAtItsBeginning()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Streams("/v1beta/models/m-1:streamGenerateContent", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}],\"usageMetadata\":{\"promptTokenCount\":31,\"cachedContentTokenCount\":11,\"candidatesTokenCount\":1}}\n\n");
        var answer = await vendor.Host.PostAsync("/v1/messages", """{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Q"}],"stream":true}""");
        Assert.Contains("""{"input_tokens":20,"cache_creation_input_tokens":0,"cache_read_input_tokens":11,"output_tokens":0}""", answer.Body, StringComparison.Ordinal);
        Assert.Contains("event: error", answer.Body, StringComparison.Ordinal);
        var row = Assert.Single((await vendor.Host.GetAsync("/usage?groupBy=route")).Json.GetProperty("usage").EnumerateArray());
        Assert.Equal((31, 11), (row.GetProperty("prompt_tokens").GetInt32(), row.GetProperty("cached_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"minimal" """, """{"includeThoughts":true,"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"low" """, """{"includeThoughts":true,"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"medium" """, """{"includeThoughts":true,"thinkingBudget":8192}""")]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"high" """, """{"includeThoughts":true,"thinkingBudget":24576}""")]
    [InlineData("gemini-3-flash", """ "reasoning_effort":"minimal" """, """{"includeThoughts":true,"thinkingLevel":"minimal"}""")]
    [InlineData("gemini-3-pro", """ "reasoning_effort":"xhigh" """, """{"includeThoughts":true,"thinkingLevel":"high"}""")]
    [InlineData("gemini-3-pro", """ "thinking":{"type":"enabled","budget_tokens":2000} """, """{"includeThoughts":true,"thinkingBudget":2000}""")]
    [InlineData("gemini-2.5-flash", """ "thinking":{"type":"adaptive"} """, """{"includeThoughts":true}""")]
    [InlineData("gemini-2.5-flash-lite", """ "thinking":{"type":"disabled"} """, """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-flash", """ "reasoning_effort":"none" """, """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"none" """, null)]
    [InlineData("gemini-2.0-flash", """ "thinking":{"type":"disabled"} """, null)]
    public async Task Thinking_AskedFor_IsInTheModelsOwnWords(string model, string asked, string? config)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block, model: model);
        vendor.Answers($"/v1beta/models/{model}:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        var answer = await vendor.ChatAsync("," + asked);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(config, vendor.Sent.Json.TryGetProperty("generationConfig", out var sent) ? sent.GetProperty("thinkingConfig").GetRawText() : null);
        Assert.Equal((400, "reasoning_effort"), (await vendor.ChatAsync(""","reasoning_effort":"much" """)) is var refused ? (refused.Status, refused.Param) : default);
    }

    // LiteLLM #18442, opencode #9491: "parameters schema should be of type OBJECT", of a function that takes nothing.
    [Fact]
    public async Task Tool_OfAnEmptySchema_HasAnObjects()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        await vendor.ChatAsync(""","tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"function","function":{"name":"g"}}]""");
        Assert.Equal("""[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}},{"name":"g"}]}]""", vendor.Sent.Json.GetProperty("tools").GetRawText());
    }

    // Thoughts are told apart from the answer, whole and streamed; what signs the answer's text comes back with it.
    [Fact]
    public async Task Thoughts_WholeAndStreamed_AreToldAndTheirSignatureComesBack()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"text":"Hello","thoughtSignature":"c2ln"}]},"finishReason":"STOP"}]}""");
        var message = (await vendor.ChatAsync(""","reasoning_effort":"low" """)).Json.GetProperty("choices")[0].GetProperty("message").GetRawText();
        Assert.Equal("""{"role":"assistant","content":"Hello","refusal":null,"reasoning_content":"Hm","extra_content":{"google":{"thought_signature":"c2ln"}}}""", message);

        vendor.Host.Provider.Requests.Clear();
        await vendor.ChatAsync("", $$"""[{"role":"user","content":"A"},{{message}},{"role":"user","content":"B"}]""");
        Assert.Equal("""{"role":"model","parts":[{"text":"Hello","thoughtSignature":"c2ln"}]}""", vendor.Sent.Json.GetProperty("contents")[1].GetRawText());

        vendor.Streams("/v1beta/models/m-1:streamGenerateContent", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"H\",\"thought\":true}]}}]}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"m\",\"thought\":true},{\"text\":\"Hel\"}]}}]}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lo\"},{\"text\":\"\",\"thoughtSignature\":\"c2ln\"}]},\"finishReason\":\"STOP\"}]}\n\n");
        var streamed = await vendor.ChatAsync(""","reasoning_effort":"low","stream":true""");
        Assert.Equal("Hello", VendorHost.Read(streamed).Text);
        Assert.Contains("""{"reasoning_content":"H"}""", streamed.Body, StringComparison.Ordinal);
        Assert.Contains("""{"reasoning_content":"m"}""", streamed.Body, StringComparison.Ordinal);
        Assert.Contains("""{"extra_content":{"google":{"thought_signature":"c2ln"}}}""", streamed.Body, StringComparison.Ordinal);

        var blocks = await vendor.Host.PostAsync("/v1/messages", """{"model":"r","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"A"}]}""");
        Assert.Matches("""^\[\{"type":"thinking","thinking":"Hm","signature":"kept1\.[A-Za-z0-9_-]+"},\{"type":"text","text":"Hello"}]$""", blocks.Json.GetProperty("content").GetRawText());
    }

    // LiteLLM, mlflow #23989 and #25745, Portkey #1442: Gemini 3 refuses a turn whose call has lost its signature, and takes a documented word where another model made the call.
    [Theory]
    [InlineData("m-1", false)]
    [InlineData("gemini-2.5-flash", false)]
    [InlineData("gemini-3-pro", true)]
    public async Task Calls_Signed_ComeBackSignedAndOthersAsTheModelWants(string model, bool signs)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block, model: model);
        vendor.Answers($"/v1beta/models/{model}:generateContent", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g"}}]},"finishReason":"STOP"}]}""");
        var message = (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("""{"google":{"thought_signature":"c2ln"}}""", message.GetProperty("tool_calls")[0].GetProperty("extra_content").GetRawText());
        string Id(int call) => message.GetProperty("tool_calls")[call].GetProperty("id").GetString()!;
        Assert.NotEqual(Id(0), Id(1));

        vendor.Host.Provider.Requests.Clear();
        await vendor.ChatAsync("", """[{"role":"user","content":"A"},MESSAGE,{"role":"tool","tool_call_id":"ID0","content":"1"},{"role":"tool","tool_call_id":"ID1","content":"2"},{"role":"assistant","tool_calls":[{"id":"other","type":"function","function":{"name":"h","arguments":"{}"}}]},{"role":"tool","tool_call_id":"other","content":"3"}]""".Replace("MESSAGE", message.GetRawText(), StringComparison.Ordinal).Replace("ID0", Id(0), StringComparison.Ordinal).Replace("ID1", Id(1), StringComparison.Ordinal));
        Assert.Equal(
            """{"contents":[{"role":"user","parts":[{"text":"A"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"1"}}},{"functionResponse":{"name":"g","response":{"result":"2"}}}]},{"role":"model","parts":[{"functionCall":{"name":"h","args":{}}SIGNED}]},{"role":"user","parts":[{"functionResponse":{"name":"h","response":{"result":"3"}}}]}]}""".Replace("SIGNED", signs ? ",\"thoughtSignature\":\"skip_thought_signature_validator\"" : "", StringComparison.Ordinal),
            vendor.Sent.Body);
    }

    [Fact]
    public async Task Results_OfCallsOfOneId_HaveTheNamesOfTheirTurns()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        const string Call = """{"role":"assistant","tool_calls":[{"id":"call_0","type":"function","function":{"name":"NAME","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_0","content":"r"}""";
        await vendor.ChatAsync("", $$"""[{"role":"user","content":"A"},{{Call.Replace("NAME", "f", StringComparison.Ordinal)}},{{Call.Replace("NAME", "g", StringComparison.Ordinal)}}]""");
        Assert.Contains("""{"functionResponse":{"name":"f",""", vendor.Sent.Body, StringComparison.Ordinal);
        Assert.Contains("""{"functionResponse":{"name":"g",""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL", 502, "upstream_invalid_response")]
    [InlineData("UNEXPECTED_TOOL_CALL", 502, "upstream_invalid_response")]
    [InlineData("LANGUAGE", 200, "content_filter")]
    [InlineData("MAX_TOKENS", 200, "length")]
    public async Task FinishReason_ThatIsNoEnd_IsAFailure(string reason, int status, string word)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", $$"""{"candidates":[{"content":{},"finishReason":"{{reason}}"}]}""");
        var answer = await vendor.ChatAsync();
        Assert.Equal(status, answer.Status);
        Assert.Equal(word, status == 200 ? answer.Json.GetProperty("choices")[0].GetProperty("finish_reason").GetString() : answer.Code);
    }

    [Fact]
    public async Task Prompt_Blocked_IsAnEmptyAnswerThatSaysSo()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}""");
        Assert.Equal("content_filter", (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Embeddings_Sent_SayWhatTheyAreFor()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block, "llm/v1/embeddings");
        vendor.Answers("/v1beta/models/m-1:batchEmbedContents", """{"embeddings":[{"values":[3,4]},{"values":[0,1]}]}""");
        var answer = await vendor.Host.PostAsync("/v1/embeddings", new { model = "r", input = new[] { "a", "b" } });
        Assert.Equal("[0.6,0.8]", answer.Json.GetProperty("data")[0].GetProperty("embedding").GetRawText());
        Assert.Equal("""{"requests":[{"model":"models/m-1","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT"},{"model":"models/m-1","content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_DOCUMENT"}]}""", vendor.Sent.Body);
    }

    // A 400 there, of which the caller could do nothing (and a target that another could stand in for).
    [Theory]
    [InlineData("""{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}""")]
    [InlineData("""[{"error":{"code":400,"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT"}}]""")]
    [InlineData("""{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***12. You can obtain an API key from https://console.x.ai."}""")]
    public async Task Key_ThatIsRefusedByABadRequest_IsTheRoutes(string body)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", body, 400);
        var answer = await vendor.ChatAsync();
        Assert.Equal((502, "upstream_authentication"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Refusal_ThatSpeaksOfKeys_IsTheRequests()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", Block);
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"error":{"code":400,"message":"Invalid text: 'API key not valid'","status":"INVALID_ARGUMENT","details":[{"reason":"BAD"}]}}""", 400);
        Assert.Equal((400, "invalid_argument"), ((await vendor.ChatAsync()) is var answer ? answer.Status : 0, answer.Code));
    }
}
