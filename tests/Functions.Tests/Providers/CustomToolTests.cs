using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>OpenAI's custom tools and its choice among tools: as they are to who has them, the same asked otherwise or refused by name where not, and the calls that come back.</summary>
[Collection("gateway")]
public sealed class CustomToolTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";
    private const string OpenAi = """{"openai_api_key":"k","openai_api_base":"BASE/v1"}""";
    private const string Anthropic = """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""";
    private const string Patch = """{"type":"custom","custom":{"name":"patch","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /.+/"}}}}""";
    private const string Functions = """{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}""";

    [Fact]
    public async Task CustomTool_OfAChat_GoesAndComesAsItIs()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        const string Call = """[{"id":"c1","type":"custom","custom":{"name":"patch","input":"*** not JSON"}}]""";
        var next = Call.Replace("c1", "c2", StringComparison.Ordinal);
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":null,"tool_calls":{{next}}},"finish_reason":"tool_calls"}]}""");
        const string Choice = """{"type":"custom","custom":{"name":"patch"}}""";
        var answer = await vendor.ChatAsync($$""","tools":[{{Patch}}],"tool_choice":{{Choice}}""", $$"""[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":{{Call}}},{"role":"tool","tool_call_id":"c1","content":"done"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(next, answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").GetRawText());
        var sent = vendor.Sent.Json;
        Assert.Equal(($"[{Patch}]", Choice, Call), (sent.GetProperty("tools").GetRawText(), sent.GetProperty("tool_choice").GetRawText(), sent.GetProperty("messages")[1].GetProperty("tool_calls").GetRawText()));
    }

    [Fact]
    public async Task CustomTool_OfAStream_IsToldPieceByPieceAlsoBehindGuardsAndFromTheCache()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        var patched = await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"output":[{"words":["password"],"action":"mask"}]},"cache":{"ttl_seconds":60}}""");
        Assert.True(patched.Status == 200, patched.Body);
        vendor.Streams(Path, """
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"custom","custom":{"name":"patch","input":""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"*** my "}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"password"}}]}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """);
        for (var i = 0; i < 2; i++)
        {
            var (_, calls, finish, _) = VendorHost.Read(await vendor.ChatAsync($$""","stream":true,"temperature":0,"tools":[{{Patch}}]"""));
            Assert.Equal("tool_calls", finish);
            Assert.StartsWith("""[{"index":0,"id":"c1","type":"custom","custom":{"name":"patch","input":""", calls, StringComparison.Ordinal);
            Assert.DoesNotContain("function", calls, StringComparison.Ordinal);
            Assert.Contains("my ", calls, StringComparison.Ordinal);
            Assert.DoesNotContain("password", calls, StringComparison.Ordinal);
        }

        Assert.Single(vendor.Host.Provider.Requests);
    }

    // What has no input ends with none: only a function's arguments are an empty object.
    [Fact]
    public async Task CustomTool_CalledWithNothing_HasAnEmptyInput()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"tool_calls":[{"id":"c1","type":"custom","custom":{"name":"patch","input":""}}]},"finish_reason":"tool_calls"}]}""");
        var message = (await vendor.ChatAsync($$""","tools":[{{Patch}}]""")).Json.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("""[{"id":"c1","type":"custom","custom":{"name":"patch","input":""}}]""", message.GetProperty("tool_calls").GetRawText());
    }

    [Theory]
    [InlineData("anthropic", Anthropic)]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""")]
    public async Task CustomTool_WhereThereIsNone_IsRefusedByName(string provider, string block)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        var tool = await vendor.ChatAsync($$$""","tools":[{"type":"function","function":{"name":"f"}},{{{Patch}}}]""");
        Assert.Equal((400, "unsupported_parameter", "tools[1].type"), (tool.Status, tool.Code, tool.Param));
        var call = await vendor.ChatAsync("", """[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"custom","custom":{"name":"p","input":"x"}}]},{"role":"tool","tool_call_id":"c","content":"1"}]""");
        Assert.Equal((400, "unsupported_parameter", "messages[1].tool_calls"), (call.Status, call.Code, call.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Theory]
    [InlineData("""{"type":"neither"}""", "tools[0].type")]
    [InlineData("""{"type":"custom"}""", "tools[0].custom")]
    [InlineData("""{"type":"custom","custom":{}}""", "tools[0].custom.name")]
    public async Task Tool_OfWrongShape_IsRefusedByItsField(string tool, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        var answer = await vendor.ChatAsync($$""","tools":[{{tool}}]""");
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    // The same choice, to who has it, and by the tools that are left where not: to servers of the wire at other addresses, and to services that have none.
    [Theory]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "/openai/v1/chat/completions", "auto", "f,g", """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}""")]
    [InlineData("openai", OpenAi, Path, "auto", "g", "\"auto\"")]
    [InlineData("openai", OpenAi, Path, "required", "g", "\"required\"")]
    [InlineData("anthropic", Anthropic, "/v1/messages", "required", "g", """{"type":"any"}""")]
    public async Task AllowedTools_AskForTheSameEverywhere(string provider, string block, string path, string mode, string tools, string choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, provider == "anthropic" ? """{"type":"message","content":[],"stop_reason":"end_turn"}""" : """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync($$$""","tools":[{{{Functions}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"{{{mode}}}","tools":[{"type":"function","function":{"name":"g"}}]}}""");
        Assert.True(answer.Status == 200, answer.Body);
        var named = vendor.Sent.Json.GetProperty("tools").EnumerateArray().Select(tool => (tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name").GetString());
        Assert.Equal((tools, choice), (string.Join(',', named), vendor.Sent.Json.GetProperty("tool_choice").GetRawText()));
    }

    [Theory]
    [InlineData("""{"type":"allowed_tools"}""", "tool_choice.allowed_tools")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"none","tools":[{"type":"function","function":{"name":"g"}}]}}""", "tool_choice.allowed_tools.mode")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto"}}""", "tool_choice.allowed_tools.tools")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[]}}""", "tool_choice.allowed_tools.tools")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}}]}}""", "tool_choice.allowed_tools.tools[1]")]
    public async Task AllowedTools_OfWrongShape_AreRefusedByTheirField(string choice, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        var answer = await vendor.ChatAsync($$""","tools":[{{Functions}}],"tool_choice":{{choice}}""");
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    // Codex sends apply_patch so.
    [Fact]
    public async Task Responses_OfCustomTools_AreTheChatsInTheirOwnShape()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"c2","type":"custom","custom":{"name":"patch","input":"two"}}]},"finish_reason":"tool_calls"}]}""");
        const string Asked = """{"model":"r","input":[{"role":"user","content":"Q"},{"type":"custom_tool_call","call_id":"c1","name":"patch","input":"one"},{"type":"custom_tool_call_output","call_id":"c1","output":"done"}],"tools":[{"type":"custom","name":"patch","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: /.+/"}},{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"custom","name":"patch"}]}""";
        var whole = await vendor.Host.PostAsync("/v1/responses", Asked + "}");
        Assert.True(whole.Status == 200, whole.Body);
        Assert.Matches("""^\[\{"type":"custom_tool_call","id":"ctc_[0-9a-f]+","call_id":"c2","name":"patch","input":"two"}]$""", whole.Json.GetProperty("output").GetRawText());
        var sent = vendor.Sent.Json;
        Assert.Equal(($"[{Patch}]", "\"required\""), (sent.GetProperty("tools").GetRawText(), sent.GetProperty("tool_choice").GetRawText()));
        Assert.Equal("""[{"id":"c1","type":"custom","custom":{"name":"patch","input":"one"}}]""", sent.GetProperty("messages")[1].GetProperty("tool_calls").GetRawText());
        Assert.Equal("""{"role":"tool","content":"done","tool_call_id":"c1"}""", sent.GetProperty("messages")[2].GetRawText());

        vendor.Streams(Path, """
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c2","type":"custom","custom":{"name":"patch","input":"t"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"wo"}}]}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """);
        var streamed = await vendor.Host.PostAsync("/v1/responses", Asked + ""","stream":true}""");
        var types = streamed.Body.Split('\n').Where(line => line.StartsWith("event: response.", StringComparison.Ordinal)).Select(line => line["event: response.".Length..]);
        Assert.Equal(["created", "in_progress", "output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done", "completed"], types);
        Assert.Contains("\"input\":\"two\"}", streamed.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 2, 400)]
    [InlineData(2, 2, 200)]
    public async Task BestOf_LessThanN_IsRefused(int n, int best, int status)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, "llm/v1/completions");
        vendor.Answers("/v1/completions", """{"choices":[{"index":0,"text":"A","finish_reason":"stop"},{"index":1,"text":"B","finish_reason":"stop"}]}""");
        var answer = await vendor.Host.PostAsync("/v1/completions", new { model = "r", prompt = "x", n, best_of = best });
        Assert.Equal((status, status == 400 ? "best_of" : null), (answer.Status, status == 400 ? answer.Param : null));
    }

    // OpenAI and vLLM refuse a choice of a tool that is not there, others call what they like.
    [Theory]
    [InlineData("""{"type":"function","function":{"name":"h"}}""", 400)]
    [InlineData("""{"type":"function","function":{"name":"g"}}""", 200)]
    public async Task Choice_OfAToolThatIsNotThere_IsRefused(string choice, int status)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync($$""","tools":[{{Functions}}],"tool_choice":{{choice}}""");
        Assert.Equal((status, status == 400 ? "tool_choice" : null), (answer.Status, status == 400 ? answer.Param : null));
    }

    [Theory]
    [InlineData("""{"a":1}""", "invalid_value")]
    [InlineData("""{"-1":1}""", "invalid_value")]
    [InlineData("""{"1.5":1}""", "invalid_value")]
    [InlineData("""{"5":100.5}""", "invalid_value")]
    [InlineData("""{"5":-101}""", "invalid_value")]
    [InlineData("""{"5":1,"6":"1"}""", "invalid_type")]
    [InlineData("""[5]""", "invalid_type")]
    public async Task LogitBias_ThatIsNone_IsRefusedBeforeAnybodyIsAsked(string bias, string code)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync($$""","logit_bias":{{bias}}""");
        Assert.Equal((400, code, "logit_bias"), (answer.Status, answer.Code, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
        Assert.Equal(200, (await vendor.ChatAsync(""","logit_bias":{"0":-100,"50256":100}""")).Status);
        Assert.Equal("""{"0":-100,"50256":100}""", vendor.Sent.Json.GetProperty("logit_bias").GetRawText());
    }
}
