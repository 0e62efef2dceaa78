using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Clients of OpenAI's chats before tools (LangChain's old agents, AutoGen, guidance): functions reach every provider that has tools, and calls come back as they were.</summary>
[Collection("gateway")]
public sealed class LegacyFunctionsTests(AzuriteFixture azurite)
{
    private const string OpenAi = "/v1/chat/completions";
    private const string Anthropic = "/v1/messages";
    private const string Functions = ""","functions":[{"name":"look","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}]""";
    private const string History = """[{"role":"user","content":"Q"},{"role":"assistant","content":null,"function_call":{"name":"look","arguments":"{\"a\":0}"}},{"role":"function","name":"look","content":"zero"}]""";

    [Fact]
    public async Task Functions_OfAChat_AreToolsOnTheWireAndAFunctionCallInTheAnswer()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, """{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"look","arguments":"{\"a\":2}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""");
        var answer = await vendor.ChatAsync(Functions + ""","function_call":{"name":"look"}""", History);
        Assert.True(answer.Status == 200, answer.Body);
        var choice = answer.Json.GetProperty("choices")[0];
        Assert.Equal("""{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"look","arguments":"{\"a\":1}"}}""", choice.GetProperty("message").GetRawText());
        Assert.Equal("function_call", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(
            """{"model":"m-1","messages":[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"a\":0}"}}]},{"role":"tool","content":"zero","tool_call_id":"call_1"}],"tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}],"tool_choice":{"type":"function","function":{"name":"look"}},"parallel_tool_calls":false}""",
            vendor.Sent.Body);
    }

    [Fact]
    public async Task Functions_OfAStream_GoToAVendorWithToolsOfItsOwn()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Streams(Anthropic, """
            data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"tu_1","name":"look","input":{}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

            data: {"type":"message_stop"}


            """);
        var answer = await vendor.ChatAsync(Functions + ""","stream":true""", History);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains("""{"index":0,"delta":{"function_call":{"name":"look","arguments":""}},"finish_reason":null}""", answer.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"delta":{"function_call":{"arguments":"1}"}},"finish_reason":null}""", answer.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"delta":{},"finish_reason":"function_call"}""", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_calls", answer.Body, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool_result","tool_use_id":"call_1","content":"zero"}""", vendor.Sent.Body, StringComparison.Ordinal);
        Assert.Contains("""{"type":"auto","disable_parallel_tool_use":true}""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""","function_call":"auto" """, null)]
    [InlineData(""","function_call":"none" """, "\"none\"")]
    public async Task FunctionCall_InAWord_IsToldWhereItSaysSomething(string rest, string? choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        Assert.Equal(200, (await vendor.ChatAsync(Functions + rest)).Status);
        Assert.Equal(choice, vendor.Sent.Json.TryGetProperty("tool_choice", out var told) ? told.GetRawText() : null);
    }

    [Theory]
    [InlineData(""","functions":[{"description":"d"}]""", "functions[0].name")]
    [InlineData(""","functions":[{"name":"f","parameters":7}]""", "functions[0].parameters")]
    [InlineData(""","functions":[7]""", "functions[0]")]
    [InlineData(""","functions":{}""", "functions")]
    [InlineData(""","functions":[{"name":"f"}],"tools":[{"type":"function","function":{"name":"f"}}]""", "functions")]
    [InlineData(""","functions":[{"name":"f"}],"function_call":"required" """, "function_call")]
    [InlineData(""","function_call":{"name":"f"}""", "function_call")]
    public async Task Functions_ThatAreNone_AreRefusedByTheirName(string rest, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        var answer = await vendor.ChatAsync(rest);
        Assert.Equal((400, param), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Fact]
    public async Task FunctionTurn_ThatNothingCalled_IsRefusedByItsName()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        var answer = await vendor.ChatAsync(messages: """[{"role":"user","content":"Q"},{"role":"function","name":"look","content":"zero"}]""");
        Assert.Equal((400, "messages[1].name"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Functions_WhereTheProviderHasNoTools_AreRefusedByTheCallersName()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        Assert.Equal(201, (await host.PostAsync("/api/2.0/gateway/routes", """{"name":"r","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}""")).Status);
        var answer = await host.PostAsync("/v1/chat/completions", $$"""{"model":"r","messages":[{"role":"user","content":"Q"}]{{Functions}}}""");
        Assert.Equal((400, "functions"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }
}
