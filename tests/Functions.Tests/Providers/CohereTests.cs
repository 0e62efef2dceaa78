using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class CohereTests(AzuriteFixture azurite)
{
    private const string Block = """{"cohere_api_key":"key-c","cohere_api_base":"BASE"}""";

    [Fact]
    public async Task Chat_Plain_SpeaksV2()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block);
        vendor.Answers("/v2/chat", """{"id":"1","finish_reason":"MAX_TOKENS","message":{"role":"assistant","content":[{"type":"text","text":"Hello"}]},"usage":{"billed_units":{"input_tokens":1,"output_tokens":2},"tokens":{"input_tokens":11,"output_tokens":2},"cached_tokens":8}}""");
        var answer = await vendor.ChatAsync(""","temperature":0.5,"top_p":0.9,"top_k":3,"max_tokens":2,"stop":["a"],"seed":1,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}""");
        Assert.Equal("length", answer.Json.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("""{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8}}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal(("POST /v2/chat", "Bearer key-c"), (vendor.Sent.Line, vendor.Sent.Authorization));
        Assert.Equal(
            """{"model":"m-1","messages":[{"role":"user","content":"Hi"}],"temperature":0.5,"p":0.9,"k":3,"max_tokens":2,"stop_sequences":["a"],"seed":1,"response_format":{"type":"json_object","json_schema":{"type":"object"}}}""",
            vendor.Sent.Body);
    }

    [Fact]
    public async Task Chat_StreamedWithTools_IsTranslated()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block);
        vendor.Streams(
            "/v2/chat",
            """
            event: message-start
            data: {"type":"message-start","id":"1","delta":{"message":{"role":"assistant"}}}

            event: content-delta
            data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hel"}}}}

            event: content-delta
            data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"lo"}}}}

            event: tool-call-start
            data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","type":"function","function":{"name":"f","arguments":""}}}}}

            event: tool-call-delta
            data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}

            event: message-end
            data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":3,"output_tokens":4}}}}


            """);
        var (text, calls, finish, usage) = VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required" """));
        Assert.Equal(("Hello", "tool_calls"), (text, finish));
        Assert.Equal("""[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}][{"index":0,"function":{"arguments":"{}"}}]""", calls);
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}""", usage);
        Assert.EndsWith(""","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"REQUIRED","stream":true}""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    // command-a-reasoning thinks, and models plan which tools they call.
    [Fact]
    public async Task ThoughtsAndPlans_AreReasoningContent()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block);
        vendor.Answers("/v2/chat", """{"finish_reason":"COMPLETE","message":{"content":[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"A"}],"tool_plan":" look"}}""");
        Assert.Equal("""{"role":"assistant","content":"A","refusal":null,"reasoning_content":"Hm look"}""", (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
        vendor.Streams("/v2/chat", """
            data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm"}}}}

            data: {"type":"tool-plan-delta","delta":{"message":{"tool_plan":" look"}}}

            data: {"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"A"}}}}

            data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}


            """);
        var streamed = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("""{"reasoning_content":" look"}""", streamed.Body, StringComparison.Ordinal);
        Assert.Equal("A", VendorHost.Read(streamed).Text);
    }

    // A choice has no names there: of a tool that must be called the others are not told.
    [Theory]
    [InlineData("""{"type":"function","function":{"name":"g"}}""", """["g"]""", "REQUIRED")]
    [InlineData("\"required\"", """["f","g"]""", "REQUIRED")]
    [InlineData("\"none\"", """["f","g"]""", "NONE")]
    [InlineData("\"auto\"", """["f","g"]""", null)]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}""", """["f"]""", "REQUIRED")]
    public async Task Choice_OfATool_IsRequiredOfThatAlone(string choice, string names, string? sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block);
        vendor.Answers("/v2/chat", """{"finish_reason":"TOOL_CALL","message":{"tool_calls":[{"id":"t","type":"function","function":{"name":"g","arguments":"{}"}}]}}""");
        var answer = await vendor.ChatAsync(""","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":""" + choice);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(names, System.Text.Json.JsonSerializer.Serialize(vendor.Sent.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString())));
        Assert.Equal(sent, vendor.Sent.Json.TryGetProperty("tool_choice", out var told) ? told.GetString() : null);
    }

    [Fact]
    public async Task Pictures_OfUsersAndOfTools_StandInUsersTurns()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block);
        vendor.Answers("/v2/chat", """{"finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":"A"}]}}""");
        var answer = await vendor.Host.PostAsync(
            "/v1/messages",
            """{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """{"role":"user","content":[{"type":"text","text":"From call a:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}""",
            vendor.Sent.Json.GetProperty("messages")[3].GetRawText());

        answer = await vendor.ChatAsync("", """[{"role":"user","content":[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"https://example.org/a.png","detail":"low"}}]}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("""[{"type":"image_url","image_url":{"url":"https://example.org/a.png","detail":"low"}}]""", vendor.Host.Provider.Requests.Last().Json.GetProperty("messages")[0].GetProperty("content").GetRawText());
    }

    [Fact]
    public async Task Embeddings_MoreThanItTakes_GoInBatchesInOrder()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", Block, "llm/v1/embeddings");
        vendor.Host.Provider.On("/v2/embed", async http =>
        {
            var texts = (await System.Text.Json.JsonDocument.ParseAsync(http.Request.Body)).RootElement.GetProperty("texts").EnumerateArray().Select(t => int.Parse(t.GetString()!, System.Globalization.CultureInfo.InvariantCulture)).ToList();
            await FakeProvider.Json(http, new { embeddings = new { @float = texts.Select(t => (float[])[t, 1]) }, meta = new { billed_units = new { input_tokens = texts.Count } } });
        });
        var answer = await vendor.Host.PostAsync("/v1/embeddings", new { model = "r", instruction = "query", input = Enumerable.Range(0, 200).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)) });
        var data = answer.Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(200, answer.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.All(data, d => Assert.Equal(d.GetProperty("index").GetInt32(), (int)Math.Round(d.GetProperty("embedding")[0].GetSingle() / d.GetProperty("embedding")[1].GetSingle())));
        Assert.Equal([8, 96, 96], vendor.Host.Provider.Requests.Select(r => r.Json.GetProperty("texts").GetArrayLength()).Order());
        Assert.All(vendor.Host.Provider.Requests, r => Assert.Equal("search_query", r.Json.GetProperty("input_type").GetString()));
    }
}
