using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Anthropic's Messages API over a provider of OpenAI's wire, and over Anthropic itself: what its clients send arrives, and what comes back is in its shape, errors too.</summary>
[Collection("gateway")]
public sealed class MessagesTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";

    private const string Conversation = """
        "system":[{"type":"text","text":"S1"},{"type":"text","text":"S2"}],
        "messages":[
          {"role":"user","content":[{"type":"text","text":"Q"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},{"type":"document","title":"d.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}}]},
          {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"Let me look."},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}},{"type":"tool_use","id":"t2","name":"look","input":{}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"one"},{"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"two"}],"is_error":true},{"type":"text","text":"Go on."}]}],
        "tools":[{"name":"look","description":"d","input_schema":{"type":"object"}}]
        """;

    [Fact]
    public async Task Conversation_OverOpenAisWire_ArrivesAsAChat()
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"Hello","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":2}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":15} } }""");
        var answer = await AskAsync(vendor, Conversation + ""","temperature":0.5,"top_p":0.9,"stop_sequences":["END"],"metadata":{"user_id":"u-1"},"tool_choice":{"type":"any","disable_parallel_tool_use":true},"thinking":{"type":"enabled","budget_tokens":1024}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """{"model":"m-1","messages":[{"role":"system","content":"S1\nS2"},{"role":"user","content":[{"type":"text","text":"Q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},{"type":"file","file":{"filename":"d.pdf","file_data":"data:application/pdf;base64,JVBERg=="}}]},{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"look","arguments":"{}"}}],"reasoning_content":"Hm","thinking_blocks":[{"type":"thinking","thinking":"Hm","signature":"s"}]},{"role":"tool","content":"one","tool_call_id":"t1"},{"role":"tool","content":"two","tool_call_id":"t2"},{"role":"user","content":"Go on."}],"temperature":0.5,"top_p":0.9,"max_tokens":9,"stop":["END"],"tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object"}}}],"tool_choice":"required","parallel_tool_calls":false,"thinking":{"type":"enabled","budget_tokens":1024},"user":"u-1"}""",
            vendor.Sent.Body);
        Assert.Equal(("message", "assistant", "r", "tool_use"), (Text(answer.Json, "type"), Text(answer.Json, "role"), Text(answer.Json, "model"), Text(answer.Json, "stop_reason")));
        Assert.Equal("""[{"type":"text","text":"Hello"},{"type":"tool_use","id":"c1","name":"look","input":{"a":2}}]""", answer.Json.GetProperty("content").GetRawText());
        Assert.Equal("""{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":15,"output_tokens":3}""", answer.Json.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task Conversation_OverAnthropicItself_ArrivesAsItWasWritten()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages", """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"max_tokens","usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":2}}""");
        var answer = await AskAsync(vendor, """
            "system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],
            "messages":[{"role":"user","content":[{"type":"text","text":"Q","cache_control":{"type":"ephemeral"}},{"type":"document","source":{"type":"url","url":"https://x.example/a.pdf"}}]},{"role":"assistant","content":"So"}],
            "tools":[{"name":"look","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],"top_k":3,"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},"tool_choice":{"type":"tool","name":"look"}
            """);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """{"model":"m-1","max_tokens":9,"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"Q","cache_control":{"type":"ephemeral"}},{"type":"document","source":{"type":"url","url":"https://x.example/a.pdf"}}]},{"role":"assistant","content":[{"type":"text","text":"So"}]}],"top_k":3,"tools":[{"name":"look","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"tool","name":"look"}}""",
            vendor.Sent.Body);
        Assert.Equal("max_tokens", Text(answer.Json, "stop_reason"));
        Assert.Equal("""{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":7,"output_tokens":2}""", answer.Json.GetProperty("usage").GetRawText());
    }

    // An empty system prompt is none, and a form of the answer has had two names.
    [Theory]
    [InlineData("\"system\":\"\"", "")]
    [InlineData("\"system\":[]", "")]
    [InlineData("\"system\":[{\"type\":\"text\",\"text\":\"\"}]", "")]
    [InlineData("\"output_format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}", ""","response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}""")]
    public async Task Fields_ThatClientsSendUnasked_MeanWhatTheySay(string field, string sent)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        Assert.Equal(200, (await AskAsync(vendor, field + ""","messages":[{"role":"user","content":"Q"}]""")).Status);
        Assert.Equal($$"""{"model":"m-1","messages":[{"role":"user","content":"Q"}],"max_tokens":9{{sent}}}""", vendor.Sent.Body);
    }

    // What ended the answer, and what was written to the cache, come as they were told.
    [Fact]
    public async Task StopAndCacheWrites_OverAnthropicItself_AreTold()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages", """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":5,"cache_read_input_tokens":7,"cache_creation_input_tokens":11,"output_tokens":2}}""");
        const string Asked = """ "messages":[{"role":"user","content":"Q"}],"stop_sequences":["END"]""";
        const string Usage = """{"input_tokens":5,"cache_creation_input_tokens":11,"cache_read_input_tokens":7,"output_tokens":2}""";
        var whole = await AskAsync(vendor, Asked);
        Assert.Equal(("stop_sequence", "END", Usage), (Text(whole.Json, "stop_reason"), Text(whole.Json, "stop_sequence"), whole.Json.GetProperty("usage").GetRawText()));

        vendor.Streams("/v1/messages", """
            data: {"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":7,"cache_creation_input_tokens":11,"output_tokens":1}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"A"}}

            data: {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":2}}

            data: {"type":"message_stop"}


            """);
        var events = Events(await AskAsync(vendor, Asked + ""","stream":true"""));
        // Clients that read the prompt's tokens at the beginning only (LangChain's) would count none.
        Assert.Equal(Usage.Replace("\"output_tokens\":2", "\"output_tokens\":0", StringComparison.Ordinal), events[0].GetProperty("message").GetProperty("usage").GetRawText());
        var end = events[^2];
        Assert.Equal(("""{"stop_reason":"stop_sequence","stop_sequence":"END"}""", Usage), (end.GetProperty("delta").GetRawText(), end.GetProperty("usage").GetRawText()));
    }

    // vLLM and SGLang say which stop string it was; a token's id, or words of a service's own under the name, are none.
    [Theory]
    [InlineData("\"END\"", "stop", "stop_sequence", "END")]
    [InlineData("\"OTHER\"", "stop", "end_turn", null)]
    [InlineData("\"END\"", "length", "max_tokens", null)]
    [InlineData("2", "stop", "end_turn", null)]
    [InlineData("null", "stop", "end_turn", null)]
    public async Task Stop_OverOpenAisWire_IsToldWhereTheServerSaysIt(string told, string finish, string reason, string? stop)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, $$$"""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"{{{finish}}}","stop_reason":{{{told}}}}]}""");
        var answer = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"stop_sequences":["END"]""");
        Assert.Equal((reason, stop), (Text(answer.Json, "stop_reason"), answer.Json.GetProperty("stop_sequence").GetString()));
    }

    // Claude Code's own shell and editor: the model knows their schemas, and the client runs them. What is switched on by name is so at Anthropic alone.
    [Fact]
    public async Task AnthropicsClientTools_AndBetas_ReachAnthropicAndNobodyElse()
    {
        const string Tools = """[{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"str_replace_based_edit_tool","max_characters":100,"cache_control":{"type":"ephemeral"}},{"name":"f","input_schema":{"type":"object"}}]""";
        const string Body = $$$"""{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Q"}],"tools":{{{Tools}}},"tool_choice":{"type":"tool","name":"bash"}}""";
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages", """{"type":"message","content":[{"type":"tool_use","id":"t","name":"bash","input":{"command":"ls"}}],"stop_reason":"tool_use"}""");
        var answer = await vendor.Host.SendAsync(HttpMethod.Post, "/v1/messages", Body, null, ("anthropic-beta", "context-1m-2025-08-07, interleaved-thinking-2025-05-14"));
        Assert.Equal("""[{"type":"tool_use","id":"t","name":"bash","input":{"command":"ls"}}]""", answer.Json.GetProperty("content").GetRawText());
        Assert.Equal((Tools, """{"type":"tool","name":"bash"}"""), (vendor.Sent.Json.GetProperty("tools").GetRawText(), vendor.Sent.Json.GetProperty("tool_choice").GetRawText()));
        Assert.Equal("context-1m-2025-08-07,interleaved-thinking-2025-05-14", vendor.Sent.Headers["anthropic-beta"]);
        var wrong = await vendor.Host.SendAsync(HttpMethod.Post, "/v1/messages", Body, null, ("anthropic-beta", "a b"));
        Assert.Equal((400, "anthropic-beta"), (wrong.Status, wrong.Param));
        var there = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"tools":[{"type":"web_search_20250305","name":"web_search"}]""");
        Assert.Equal((400, "tools[0].type"), (there.Status, there.Param));

        await using var other = await StartAsync();
        other.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var refused = await other.Host.PostAsync("/v1/messages", Body);
        Assert.Equal((400, "unsupported_parameter", "tools[0].type"), (refused.Status, refused.Code, refused.Param));
        Assert.Empty(other.Host.Provider.Requests);
        await other.Host.SendAsync(HttpMethod.Post, "/v1/messages", """{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Q"}]}""", null, ("anthropic-beta", "context-1m-2025-08-07"));
        Assert.False(other.Sent.Headers.ContainsKey("anthropic-beta"));
    }

    // A message of nothing was left out, and the complaint was of another.
    [Fact]
    public async Task Content_OfNoBlocks_IsRefusedByItsMessage()
    {
        await using var vendor = await StartAsync();
        var answer = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[]},{"role":"user","content":[]}]""");
        Assert.Equal((400, "messages[2].content"), (answer.Status, answer.Param));
    }

    // OpenAI takes 4 stop strings, others more: as many as the provider takes are passed on.
    [Theory]
    [InlineData("anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", 9, 65)]
    [InlineData("openai", """{"openai_api_base":"BASE/v1"}""", 9, 65)]
    [InlineData("gpu-worker", """{"gpu_worker_api_base":"BASE"}""", 9, 65)]
    [InlineData("gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", 5, 6)]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""", 4, 5)]
    public async Task StopStrings_AreAsManyAsTheProviderTakes(string provider, string block, int some, int more)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        static string Stops(int count) => JsonSerializer.Serialize(Enumerable.Range(0, count).Select(i => $"s{i}"));
        await AskAsync(vendor, $$""" "messages":[{"role":"user","content":"Q"}],"stop_sequences":{{Stops(some)}}""");
        Assert.Contains(vendor.Host.Provider.Requests, request => request.Body.Contains(Stops(some), StringComparison.Ordinal));
        var count = vendor.Host.Provider.Requests.Count;
        var refused = await AskAsync(vendor, $$""" "messages":[{"role":"user","content":"Q"}],"stop_sequences":{{Stops(more)}}""");
        Assert.Equal((400, "stop_sequences", count), (refused.Status, refused.Param, vendor.Host.Provider.Requests.Count));
    }

    // new-api #7407, #6260: an image that a tool gave became 600,000 tokens of base64, or a 400. Claude Code reads pictures by a tool.
    [Fact]
    public async Task Images_ThatToolsGave_AreShownWhereTheProviderSeesThem()
    {
        const string Asked = """
            "messages":[{"role":"user","content":"Q"},
              {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":{}},{"type":"tool_use","id":"t2","name":"look","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},{"type":"tool_result","tool_use_id":"t2","content":"two"},{"type":"text","text":"Go on."}]}],
            "tools":[{"name":"look","input_schema":{"type":"object"}}]
            """;
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await AskAsync(vendor, Asked);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.EndsWith(
            """{"role":"tool","content":"(What the tool gave follows in the next message.)","tool_call_id":"t1"},{"role":"tool","content":"two","tool_call_id":"t2"},{"role":"user","content":[{"type":"text","text":"From call t1:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]},{"role":"user","content":"Go on."}]""",
            vendor.Sent.Json.GetProperty("messages").GetRawText(),
            StringComparison.Ordinal);

        await using var gemini = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        gemini.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}""");
        answer = await AskAsync(gemini, Asked);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """[{"functionResponse":{"name":"look","response":{"result":""}}},{"inlineData":{"mimeType":"image/png","data":"aGk="}},{"functionResponse":{"name":"look","response":{"result":"two"}}},{"text":"Go on."}]""",
            gemini.Sent.Json.GetProperty("contents")[2].GetProperty("parts").GetRawText());
    }

    // Claude thinks and calls; the service refuses the next turn without its signed thoughts.
    [Fact]
    public async Task Thoughts_OverAnthropicItself_ComeSignedAndGoBackSo()
    {
        const string Signed = """{"type":"thinking","thinking":"Hm so","signature":"sig"}""";
        const string Redacted = """{"type":"redacted_thinking","data":"x"}""";
        static string Filled(string text) => text.Replace("SIGNED", Signed, StringComparison.Ordinal).Replace("REDACTED", Redacted, StringComparison.Ordinal);
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages", Filled("""{"type":"message","content":[SIGNED,REDACTED,{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":2}}"""));
        const string Asked = ""","thinking":{"type":"enabled","budget_tokens":1024},"output_config":{"effort":"low"},"tools":[{"name":"f","input_schema":{"type":"object"}}]""";
        var whole = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}]""" + Asked, maxTokens: 2048);
        Assert.Equal(Filled("""[SIGNED,REDACTED,{"type":"tool_use","id":"t","name":"f","input":{}}]"""), whole.Json.GetProperty("content").GetRawText());
        Assert.Equal("""{"type":"enabled","budget_tokens":1024}""", vendor.Sent.Json.GetProperty("thinking").GetRawText());
        Assert.Equal("""{"effort":"low"}""", vendor.Sent.Json.GetProperty("output_config").GetRawText());

        vendor.Streams("/v1/messages", Filled("""
            data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" so"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}

            data: {"type":"content_block_stop","index":0}

            data: {"type":"content_block_start","index":1,"content_block":REDACTED}

            data: {"type":"content_block_stop","index":1}

            data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}

            data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"A"}}

            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}

            data: {"type":"message_stop"}


            """));
        var events = Events(await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"stream":true""" + Asked, maxTokens: 2048));
        Assert.Equal(
            [
                "message_start", "content_block_start 0 thinking", "content_block_delta 0 Hm", "content_block_delta 0  so", "content_block_delta 0 sig", "content_block_stop 0",
                "content_block_start 1 redacted_thinking", "content_block_stop 1", "content_block_start 2 text", "content_block_delta 2 A", "content_block_stop 2", "message_delta", "message_stop",
            ],
            events.Select(Told));

        await AskAsync(vendor, Filled(""" "messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[SIGNED,REDACTED,{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1"}]}]""") + Asked, maxTokens: 2048);
        Assert.Equal(Filled("""{"role":"assistant","content":[SIGNED,REDACTED,{"type":"tool_use","id":"t","name":"f","input":{}}]}"""), vendor.Host.Provider.Requests.Last().Json.GetProperty("messages")[1].GetRawText());
    }

    [Theory]
    [InlineData("enabled", 1024, "low")]
    [InlineData("enabled", 8000, "medium")]
    [InlineData("enabled", 20000, "high")]
    [InlineData("adaptive", 0, null)]
    [InlineData("disabled", 0, null)]
    public async Task Thinking_WhereAProviderHasEfforts_IsOne(string type, int budget, string? effort)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""");
        vendor.Answers("/openai" + Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await AskAsync(vendor, $$""" "messages":[{"role":"user","content":"Q"}],"thinking":{"type":"{{type}}","budget_tokens":{{budget}} }""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(effort, vendor.Sent.Json.TryGetProperty("reasoning_effort", out var sent) ? sent.GetString() : null);
        Assert.False(vendor.Sent.Json.TryGetProperty("thinking", out _));
    }

    [Fact]
    public async Task Stream_OfThoughtsTextAndInterleavedCalls_IsBlockAfterBlock()
    {
        await using var vendor = await StartAsync();
        vendor.Streams(Path, Chunks(
            """{"reasoning_content":"Hm"}""",
            """{"content":"Let"}""",
            """{"content":" me"}""",
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}""",
            """{"tool_calls":[{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":"1}"}}]}""") + End("tool_calls"));
        var answer = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"stream":true,"thinking":{"type":"adaptive"}""");
        var events = Events(answer);
        Assert.Equal(
            [
                "message_start", "content_block_start 0 thinking", "content_block_delta 0 Hm", "content_block_stop 0",
                "content_block_start 1 text", "content_block_delta 1 Let", "content_block_delta 1  me", "content_block_stop 1",
                "content_block_start 2 tool_use", "content_block_delta 2 {\"x\":", "content_block_delta 2 1}", "content_block_stop 2",
                "content_block_start 3 tool_use", "content_block_delta 3 {}", "content_block_stop 3", "message_delta", "message_stop",
            ],
            events.Select(Told));
        Assert.Equal("""{"stop_reason":"tool_use","stop_sequence":null}""", events[^2].GetProperty("delta").GetRawText());
        Assert.Equal("""{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":3}""", events[^2].GetProperty("usage").GetRawText());
        Assert.Contains("event: message_start\ndata: {\"type\":\"message_start\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"include_usage\":true", vendor.Sent.Body, StringComparison.Ordinal);

        // Who does not ask for thoughts takes the first block for the answer.
        var first = Events(await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"stream":true"""))[1];
        Assert.Equal("content_block_start 0 text", Told(first));
    }

    [Fact]
    public async Task Stream_BrokenOff_EndsInAnErrorOfAnthropicsShape()
    {
        await using var vendor = await StartAsync();
        vendor.Streams(Path, Chunks("""{"content":"A"}"""));
        var events = Events(await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}],"stream":true"""));
        Assert.Equal("error", Text(events[^1], "type"));
        Assert.Equal(("api_error", "upstream_unreachable"), (Text(events[^1].GetProperty("error"), "type"), Text(events[^1].GetProperty("error"), "code")));
        Assert.DoesNotContain(events, e => Text(e, "type") == "message_stop");
    }

    [Theory]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"max_tokens":0""", "max_tokens")]
    [InlineData(""" "messages":[{"role":"banana","content":"Q"}]""", "messages[0].role")]
    [InlineData(""" "messages":[{"role":"user","content":[{"type":"video"}]}]""", "messages[0].content[0].type")]
    [InlineData(""" "messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"aGk="}}]}]""", "messages[0].content[0].source.media_type")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"},{"role":"user","content":""}],"system":"S" """, "messages[1].content")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"stop_sequences":["a",""]""", "stop_sequences[1]")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"tools":[{"type":"web_search_20250305","name":"web_search"}]""", "tools[0].type")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"tools":[{"input_schema":{}}]""", "tools[0].name")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"tool_choice":{"type":"banana"}""", "tool_choice.type")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"thinking":{"type":"enabled"}""", "thinking.budget_tokens")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"output_config":{"format":{"type":"json_schema"}}""", "output_config.format.schema")]
    [InlineData(""" "messages":[{"role":"user","content":"Q"}],"mcp_servers":[{"url":"https://x.example"}]""", "mcp_servers")]
    [InlineData(""" "max_tokens":9""", "messages")]
    public async Task Refusal_OfAField_NamesItAsTheCallerDoes(string body, string param)
    {
        await using var vendor = await StartAsync();
        var answer = await vendor.Host.PostAsync("/v1/messages", body.Contains("max_tokens", StringComparison.Ordinal) ? $$"""{"model":"r",{{body}}}""" : $$"""{"model":"r","max_tokens":9,{{body}}}""");
        Assert.Equal((400, "error", param), (answer.Status, Text(answer.Json, "type"), answer.Param));
        Assert.Equal("invalid_request_error", Text(answer.Json.GetProperty("error"), "type"));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Theory]
    [InlineData("{}", 400, "invalid_request_error")]
    [InlineData("[", 400, "invalid_request_error")]
    [InlineData("""{"model":"nope","max_tokens":9,"messages":[{"role":"user","content":"Q"}]}""", 404, "not_found_error")]
    [InlineData("""{"model":"r","messages":[{"role":"user","content":"Q"}]}""", 400, "invalid_request_error")]
    public async Task Error_OfAnyKind_IsOfAnthropicsShape(string body, int status, string type)
    {
        await using var vendor = await StartAsync();
        var answer = await vendor.Host.PostAsync("/v1/messages", body);
        Assert.Equal((status, "error", type), (answer.Status, Text(answer.Json, "type"), Text(answer.Json.GetProperty("error"), "type")));
    }

    [Theory]
    [InlineData(429, 429, "rate_limit_error")]
    [InlineData(529, 503, "overloaded_error")]
    [InlineData(500, 502, "api_error")]
    [InlineData(400, 400, "invalid_request_error")]
    public async Task Failure_OfTheProvider_IsOfAnthropicsShape(int upstream, int status, string type)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"error":{"message":"secret words"}}""", upstream);
        var answer = await AskAsync(vendor, """ "messages":[{"role":"user","content":"Q"}]""");
        Assert.Equal((status, "error", type), (answer.Status, Text(answer.Json, "type"), Text(answer.Json.GetProperty("error"), "type")));
    }

    /// <summary>What Claude Code looks for: after the one it asks for a shorter answer, after the other it shortens its conversation.</summary>
    [Theory]
    [InlineData("This model's maximum context length is 262144 tokens. However, you requested 262462 tokens (230462 in the messages, 32000 in the completion).", 32000, "input length and `max_tokens` exceed context limit: 230462 + 32000 > 262144, decrease input length or `max_tokens` and try again")]
    [InlineData("input length and `max_tokens` exceed context limit: 196778 + 21333 > 200000, decrease input length or `max_tokens` and try again", 21333, "input length and `max_tokens` exceed context limit: 196778 + 21333 > 200000, decrease input length or `max_tokens` and try again")]
    [InlineData("prompt is too long: 209601 tokens > 200000 maximum", 32000, "prompt is too long: 209601 tokens > 200000 maximum")]
    [InlineData("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", 100, "prompt is too long: 9000 tokens > 8192 maximum")]
    [InlineData("This model's maximum context length is 8,192 tokens. However, you requested 9,300 tokens (9,200 in the messages, 100 in the completion).", 100, "prompt is too long: ")]
    [InlineData("Your input exceeds the context length of this model.", 100, "prompt is too long: ")]
    public async Task Prompt_ThatIsTooLong_IsToldInAnthropicsWords(string said, int maxTokens, string told)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, new JsonObject { ["error"] = new JsonObject { ["message"] = said } }.ToJsonString(), 400);
        var answer = await vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"Q"}]}""");
        var error = answer.Json.GetProperty("error");
        Assert.Equal((400, "invalid_request_error", "context_length_exceeded"), (answer.Status, Text(error, "type"), Text(error, "code")));
        if (told.EndsWith(' ')) Assert.StartsWith(told, Text(error, "message"), StringComparison.Ordinal);
        else Assert.Equal(told, Text(error, "message"));
    }

    [Fact]
    public async Task Key_OfAnthropicsClients_IsTakenAndAWrongOneRefusedInTheirShape()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        const string Body = """{"model":"nope","max_tokens":9,"messages":[{"role":"user","content":"Q"}]}""";
        var wrong = await host.SendAsync(HttpMethod.Post, "/v1/messages", Body, null, ("x-api-key", "wrong"), ("anthropic-version", "2023-06-01"));
        Assert.Equal((401, "error", "authentication_error"), (wrong.Status, Text(wrong.Json, "type"), Text(wrong.Json.GetProperty("error"), "type")));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Post, "/v1/messages", Body, null, ("x-api-key", GatewayHost.OperatorKey))).Status);
    }

    [Theory]
    [InlineData("""{"type":"document","source":{"type":"text","data":"x"},"citations":{"enabled":true}}""", "messages[0].content[0].citations")]
    [InlineData("""{"type":"document","source":{"type":"text","data":"x"},"context":"C"}""", "messages[0].content[0].context")]
    [InlineData("""{"type":"document","source":{"type":"text","data":"x"},"citations":{"enabled":false}},{"type":"banana"}""", "messages[0].content[1].type")]
    public async Task Document_WithMoreThanCanBeTold_IsRefusedByName(string blocks, string param)
    {
        await using var vendor = await StartAsync();
        var answer = await AskAsync(vendor, $$""" "messages":[{"role":"user","content":[{{blocks}}]}]""");
        Assert.Equal((400, "unsupported_parameter", param), (answer.Status, answer.Code, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static string Told(JsonElement e)
    {
        var what = Text(e, "type")!;
        if (e.TryGetProperty("index", out var index)) what += $" {index}";
        if (e.TryGetProperty("content_block", out var block)) what += $" {Text(block, "type")}";
        if (!e.TryGetProperty("index", out _) || !e.TryGetProperty("delta", out var delta)) return what;
        return $"{what} {delta.EnumerateObject().First(member => member.Name != "type").Value.GetString()}";
    }

    private static Task<GatewayHost.Answer> AskAsync(VendorHost vendor, string body, int maxTokens = 9) =>
        vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","max_tokens":{{maxTokens}},{{body}}}""");

    private static string Chunks(params string[] deltas) => string.Concat(deltas.Select(delta => $$"""data: {"choices":[{"index":0,"delta":{{delta}},"finish_reason":null}]}""" + "\n\n"));

    private static string End(string reason) => $$"""data: {"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""" + "\n\n" + """data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}""" + "\n\ndata: [DONE]\n\n";

    private static List<JsonElement> Events(GatewayHost.Answer answer) =>
        [.. answer.Body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)];

    private Task<VendorHost> StartAsync() => VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
}
