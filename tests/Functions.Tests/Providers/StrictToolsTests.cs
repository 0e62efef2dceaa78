using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>strict of tools between OpenAI's and Anthropic's words (litellm #35695, #27490, #31582, req_llm #416).</summary>
[Collection("gateway")]
public sealed class StrictToolsTests(AzuriteFixture azurite)
{
    private const string Answered = """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2}}""";
    private const string Closed = """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""";
    private const string Optional = """{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}""";

    [Theory]
    [InlineData("claude-sonnet-4-6", "true", Closed, true)]
    [InlineData("claude-opus-5", "true", Closed, true)]
    [InlineData("claude-sonnet-4-6", "true", Optional, true)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{},"additionalProperties":false}""", true)]
    [InlineData("claude-sonnet-4-6", "false", Closed, false)]
    [InlineData("claude-sonnet-4-6", "null", Closed, false)]
    [InlineData("claude-3-5-haiku-20241022", "true", Closed, false)]
    [InlineData("claude-sonnet-4-20250514", "true", Closed, false)]
    [InlineData("claude-opus-4-1", "true", Closed, false)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", false)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"type":"integer","minimum":1}},"required":["a"],"additionalProperties":false}""", false)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"minimum":{"type":"integer","enum":[1]}},"required":["minimum"],"additionalProperties":false}""", true)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}""", false)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"$ref":"#/$defs/n"}},"required":["a"],"additionalProperties":false,"$defs":{"n":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"required":["n"],"additionalProperties":false}}}""", false)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"}},"required":["a","b"],"additionalProperties":false,"$defs":{"n":{"type":"string","pattern":"^[a-z]+$"}}}""", true)]
    [InlineData("claude-sonnet-4-6", "true", """{"type":"object","properties":{"a":{"type":"string","pattern":"^(?!x)"}},"required":["a"],"additionalProperties":false}""", false)]
    public async Task OpenAisCaller_IsToldStrictToAnthropic_WhereTheModelAndTheSchemaAreSuch(string model, string strict, string schema, bool isStrict)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", model: model);
        vendor.Answers("/v1/messages", Answered);
        var answer = await vendor.ChatAsync($",\"tools\":[{Tool(strict, schema)}]");
        Assert.True(answer.Status == 200, answer.Body);
        var tool = vendor.Sent.Json.GetProperty("tools")[0];
        Assert.Equal(isStrict, tool.TryGetProperty("strict", out var told) && told.GetBoolean());
        Assert.Equal(schema, tool.GetProperty("input_schema").GetRawText());
    }

    [Fact]
    public async Task Anthropic_ThatRefusesStrictTools_IsAskedWithout()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Host.Provider.On("/v1/messages", http =>
        {
            var isStrict = vendor.Host.Provider.Requests.Count == 1;
            http.Response.StatusCode = isStrict ? 400 : 200;
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync(isStrict ? """{"type":"error","error":{"type":"invalid_request_error","message":"The compiled grammar is too large."}}""" : Answered);
        });
        var answer = await vendor.ChatAsync($",\"tools\":[{Tool("true", Closed)}]");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal([true, false], vendor.Host.Provider.Requests.Select(request => request.Body.Contains("strict", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", "/v1/messages", Optional, """{"name":"f","input_schema":SCHEMA,"strict":true}""")]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_base":"BASE/v1"}""", "/v1/chat/completions", Closed, """{"type":"function","function":{"name":"f","parameters":SCHEMA,"strict":true}}""")]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_base":"BASE/v1"}""", "/v1/chat/completions", Optional, """{"type":"function","function":{"name":"f","parameters":SCHEMA}}""")]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_base":"BASE/v1"}""", "/v1/chat/completions", """{"type":"object","properties":{"a":{"type":"string","default":"x"}},"required":["a"],"additionalProperties":false}""", """{"type":"function","function":{"name":"f","parameters":SCHEMA}}""")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/chat", Closed, """{"type":"function","function":{"name":"f","parameters":SCHEMA}}""")]
    public async Task AnthropicsCaller_IsToldStrict_WhereTheServiceTakesTheSchema(string provider, string block, string path, string schema, string expected)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, provider switch
        {
            "anthropic" => Answered,
            "openai" => """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""",
            _ => """{"message":{"content":[{"type":"text","text":"A"}]},"finish_reason":"COMPLETE"}""",
        });
        var answer = await vendor.Host.PostAsync("/v1/messages", """{"model":"r","max_tokens":9,"tools":[{"name":"f","strict":true,"input_schema":SCHEMA}],"messages":[{"role":"user","content":"Q"}]}""".Replace("SCHEMA", schema, StringComparison.Ordinal));
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(expected.Replace("SCHEMA", schema, StringComparison.Ordinal), vendor.Sent.Json.GetProperty("tools")[0].GetRawText());
    }

    private static string Tool(string strict, string schema) => $$"""{"type":"function","function":{"name":"f","strict":{{strict}},"parameters":{{schema}}} }""";
}
