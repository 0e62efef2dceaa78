using System.Text.Json;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Anthropic's counting of tokens, over each provider that counts: what is asked of it is the prompt that an answer would be asked with, and nothing is estimated.</summary>
[Collection("gateway")]
public sealed class CountTokensTests(AzuriteFixture azurite)
{
    private const string Body = """{"model":"r","system":"S","messages":[{"role":"user","content":"Q"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"thinking":{"type":"enabled","budget_tokens":2000}}""";

    [Fact]
    public async Task Count_OfAnthropics_AsksItsOwn()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages/count_tokens", """{"input_tokens":403}""");
        var answer = await vendor.Host.PostAsync("/v1/messages/count_tokens", Body);
        Assert.Equal((200, """{"input_tokens":403}"""), (answer.Status, answer.Body));
        Assert.Equal("2023-06-01", vendor.Sent.Headers["anthropic-version"]);
        Assert.Equal(
            """{"model":"m-1","thinking":{"type":"enabled","budget_tokens":2000},"system":"S","messages":[{"role":"user","content":[{"type":"text","text":"Q"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""",
            vendor.Sent.Body);
    }

    // An answer's format is a tool there, which the prompt holds too.
    [Fact]
    public async Task Count_OfAFormat_CountsTheToolThatItBecomes()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages/count_tokens", """{"input_tokens":403}""");
        await vendor.Host.PostAsync("/v1/messages/count_tokens", """{"model":"r","messages":[{"role":"user","content":"Q"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}""");
        Assert.Equal("answer_in_json", vendor.Sent.Json.GetProperty("tools")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Count_OfGemini_AsksItsOwn()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        vendor.Answers("/v1beta/models/m-1:countTokens", """{"totalTokens":31}""");
        Assert.Equal("""{"input_tokens":31}""", (await vendor.Host.PostAsync("/v1/messages/count_tokens", Body)).Body);
        Assert.Equal(
            """{"generateContentRequest":{"model":"models/m-1","systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"Q"}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}]}}""",
            vendor.Sent.Body);
    }

    [Fact]
    public async Task Count_OfBedrock_AsksItsOwnSigned()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", """{"aws_access_key_id":"A","aws_secret_access_key":"s","aws_region":"us-east-1","bedrock_api_base":"BASE"}""");
        vendor.Answers("/model/m-1/count-tokens", """{"inputTokens":12}""");
        Assert.Equal("""{"input_tokens":12}""", (await vendor.Host.PostAsync("/v1/messages/count_tokens", """{"model":"r","messages":[{"role":"user","content":"Q"}]}""")).Body);
        Assert.Equal("""{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"Q"}]}]}}}""", vendor.Sent.Body);
        Assert.StartsWith("AWS4-HMAC-SHA256 ", vendor.Sent.Authorization, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Count_OfOurWorker_IsOfTheChatAsItReadsIt()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gpu-worker", """{"gpu_worker_api_base":"BASE"}""");
        vendor.Answers("/tokenize", """{"count":19,"counts":[19],"max_model_len":100}""");
        Assert.Equal("""{"input_tokens":19}""", (await vendor.Host.PostAsync("/v1/messages/count_tokens", """{"model":"r","system":"S","messages":[{"role":"user","content":"Q"}]}""")).Body);
        Assert.Equal("""{"model":"m-1","messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"}],"return_tokens":false}""", vendor.Sent.Body);
    }

    [Fact]
    public async Task Count_OfAResponsesInput_IsOfTheChatThatItIs()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gpu-worker", """{"gpu_worker_api_base":"BASE"}""");
        vendor.Answers("/tokenize", """{"count":19,"counts":[19],"max_model_len":100}""");
        var answer = await vendor.Host.PostAsync("/v1/responses/input_tokens", """{"model":"r","instructions":"S","input":"Q"}""");
        Assert.Equal("""{"object":"response.input_tokens","input_tokens":19}""", answer.Body);
        Assert.Equal("""{"model":"m-1","messages":[{"role":"developer","content":"S"},{"role":"user","content":"Q"}],"return_tokens":false}""", vendor.Sent.Body);

        var refused = await vendor.Host.PostAsync("/v1/responses/input_tokens", """{"model":"r","input":"Q","previous_response_id":"resp_1"}""");
        Assert.Contains("'previous_response_id'", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Count_WhereNobodyCounts_IsRefusedInAnthropicsShape()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        var answer = await vendor.Host.PostAsync("/v1/messages/count_tokens", """{"model":"r","messages":[{"role":"user","content":"Q"}]}""");
        Assert.Equal((400, "unsupported_parameter", "model"), (answer.Status, answer.Code, answer.Param));
        Assert.Equal(("error", "invalid_request_error"), (answer.Json.GetProperty("type").GetString(), answer.Json.GetProperty("error").GetProperty("type").GetString()));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    // A call as any other for limits of calls and for guards, of no tokens.
    [Fact]
    public async Task Count_IsACallOfNoTokensBehindGuards()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers("/v1/messages/count_tokens", """{"input_tokens":5}""");
        await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"input":[{"words":["secret"],"action":"block"}]}}""");
        var blocked = await vendor.Host.PostAsync("/v1/messages/count_tokens", """{"model":"r","messages":[{"role":"user","content":"a secret"}]}""");
        Assert.Equal((400, "guard_blocked"), (blocked.Status, blocked.Code));
        await vendor.Host.SendAsync(HttpMethod.Put, "/limits/routes/r", """{"limits":[{"calls":1,"renewal_period":"day"},{"tokens":10,"renewal_period":"day"}]}""");
        const string Asked = """{"model":"r","messages":[{"role":"user","content":"a long enough question to have more than ten tokens"}]}""";
        Assert.Equal(200, (await vendor.Host.PostAsync("/v1/messages/count_tokens", Asked)).Status);
        Assert.Equal(429, (await vendor.Host.PostAsync("/v1/messages/count_tokens", Asked)).Status);
        var row = (await vendor.Host.GetAsync("/usage?groupBy=kind")).Json.GetProperty("usage").EnumerateArray().Single(r => r.GetProperty("kind").GetString() == "count_tokens");
        Assert.Equal((1, 0, 0), (Number(row, "calls"), Number(row, "prompt_tokens"), Number(row, "completion_tokens")));
    }

    private static int Number(JsonElement row, string name) => row.GetProperty(name).GetInt32();
}
