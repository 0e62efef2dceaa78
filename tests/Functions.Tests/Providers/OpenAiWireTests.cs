using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>The services that speak OpenAI's wire: where each is asked, with which credential, and that nothing is lost either way.</summary>
[Collection("gateway")]
public sealed class OpenAiWireTests(AzuriteFixture azurite)
{
    private const string Whole = """{"id":"c1","object":"chat.completion","model":"m-1-0613","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":{"content":[{"token":"Hello","logprob":-0.1,"top_logprobs":[]}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":4}}}""";

    [Theory]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_base":"BASE/v1","openai_organization":"org-1"}""", "/v1/chat/completions", "/v1/chat/completions", "Authorization", "Bearer k", true)]
    [InlineData("openai", """{"openai_api_base":"BASE/v1"}""", "/v1/chat/completions", "/v1/chat/completions", "Authorization", null, true)]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_type":"azure","openai_api_base":"BASE","openai_deployment_name":"dep","openai_api_version":"2024-10-21"}""", "/openai/deployments/dep/chat/completions", "/openai/deployments/dep/chat/completions?api-version=2024-10-21", "api-key", "k", false)]
    [InlineData("openai", """{"openai_api_key":"k","openai_api_type":"azuread","openai_api_base":"BASE","openai_deployment_name":"dep","openai_api_version":"2024-10-21"}""", "/openai/deployments/dep/chat/completions", "/openai/deployments/dep/chat/completions?api-version=2024-10-21", "Authorization", "Bearer k", false)]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "/openai/v1/chat/completions", "/openai/v1/chat/completions", "api-key", "k", true)]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE","azure_openai_api_version":"2024-10-21"}""", "/openai/deployments/m-1/chat/completions", "/openai/deployments/m-1/chat/completions?api-version=2024-10-21", "api-key", "k", false)]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""", "/serving-endpoints/m-1/invocations", "/serving-endpoints/m-1/invocations", "Authorization", "Bearer k", false)]
    [InlineData("ai21", """{"ai21_api_key":"k","ai21_api_base":"BASE"}""", "/studio/v1/chat/completions", "/studio/v1/chat/completions", "Authorization", "Bearer k", true)]
    [InlineData("ai21labs", """{"ai21labs_api_key":"k","ai21labs_api_base":"BASE"}""", "/studio/v1/chat/completions", "/studio/v1/chat/completions", "Authorization", "Bearer k", true)]
    [InlineData("huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""", "/v1/chat/completions", "/v1/chat/completions", "Authorization", null, true)]
    [InlineData("mlflow-model-serving", """{"model_server_url":"BASE"}""", "/invocations", "/invocations", "Authorization", null, false)]
    public async Task Chat_Plain_IsAskedWhereAndAsTheServiceWantsIt(string provider, string block, string path, string target, string header, string? credential, bool named)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, Whole);
        var answer = await vendor.ChatAsync(""","max_tokens":7""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("""{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":4}}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal($"POST {target}", vendor.Sent.Line);
        Assert.Equal(credential, vendor.Sent.Headers.GetValueOrDefault(header));
        Assert.Equal($$"""{{{(named ? "\"model\":\"m-1\"," : "")}}"messages":[{"role":"user","content":"Hi"}],"{{(provider == "azure-openai" && named ? "max_completion_tokens" : "max_tokens")}}":7}""", vendor.Sent.Body);
    }

    /// <summary>Clients with types of their own, made from OpenAI's description, read no answer that lacks what it requires.</summary>
    [Fact]
    public async Task Answers_HaveWhatOpenAisDescriptionRequires()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers("/v1/chat/completions", """{"object":"chat.completion","model":"m","service_tier":"flex","system_fingerprint":"fp_1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""");
        var whole = (await vendor.ChatAsync()).Json;
        var choice = whole.GetProperty("choices")[0];
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (choice.GetProperty("logprobs").ValueKind, choice.GetProperty("message").GetProperty("refusal").ValueKind));
        Assert.Equal(("flex", "fp_1"), (whole.GetProperty("service_tier").GetString(), whole.GetProperty("system_fingerprint").GetString()));

        var response = (await vendor.Host.PostAsync("/v1/responses", new { model = "r", input = "Q" })).Json;
        Assert.Equal("[]", response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("logprobs").GetRawText());
        Assert.Equal("flex", response.GetProperty("service_tier").GetString());
        Assert.True(response.GetProperty("completed_at").GetInt64() >= response.GetProperty("created_at").GetInt64());

        const string Chunk = """data: {"object":"chat.completion.chunk","model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":{"content":[]},"finish_reason":null}]}""";
        const string Last = """data: {"object":"chat.completion.chunk","model":"m","service_tier":"default","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
        vendor.Streams("/v1/chat/completions", $"{Chunk}\n\n{Last}\n\ndata: [DONE]\n\n");
        var streamed = await vendor.Host.PostAsync("/v1/chat/completions", new { model = "r", messages = new[] { new { role = "user", content = "Q" } }, stream = true, logprobs = true, stream_options = new { include_usage = true } });
        Assert.Contains("\"logprobs\":{\"content\":[],\"refusal\":null}", streamed.Body, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"}],\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"usage\":null}\n\n", streamed.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"r","messages":[{"role":"user","content":"Q"}],"stream":true,"stream_options":{"include_obfuscation":OBFUSCATION}}""")]
    [InlineData("/v1/responses", """{"model":"r","input":"Q","stream":true,"stream_options":{"include_obfuscation":OBFUSCATION}}""")]
    public async Task Streams_AskedToHideTheLengthsOfTheirPieces_Do(string path, string body)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Streams("/v1/chat/completions", "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        Assert.Contains("\"obfuscation\":\"", (await vendor.Host.PostAsync(path, body.Replace("OBFUSCATION", "true", StringComparison.Ordinal))).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("obfuscation\":\"", (await vendor.Host.PostAsync(path, body.Replace("OBFUSCATION", "false", StringComparison.Ordinal))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithEveryParameter_LosesNone()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers("/v1/chat/completions", Whole);
        const string Rest = ""","temperature":0.1,"top_p":0.9,"top_k":4,"min_p":0.05,"max_tokens":7,"n":1,"stop":["a"],"seed":3,"presence_penalty":0.5,"frequency_penalty":-0.5,"logprobs":true,"top_logprobs":2,"logit_bias":{"50256":-100},"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","x-y":1}}},"tools":[{"type":"function","function":{"name":"f","strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"reasoning_effort":"low","unknown_to_all":1""";
        var answer = await vendor.ChatAsync(Rest, """[{"role":"developer","name":"n","content":"d"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"i","content":"r"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """{"model":"m-1","messages":[{"role":"system","content":"d","name":"n"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"i"}],"temperature":0.1,"top_p":0.9,"top_k":4,"min_p":0.05,"max_tokens":7,"stop":["a"],"seed":3,"presence_penalty":0.5,"frequency_penalty":-0.5,"logprobs":true,"top_logprobs":2,"logit_bias":{"50256":-100},"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","x-y":1}}},"tools":[{"type":"function","function":{"name":"f","strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"reasoning_effort":"low"}""",
            vendor.Sent.Body);
        Assert.Equal("""{"content":[{"token":"Hello","logprob":-0.1,"top_logprobs":[]}],"refusal":null}""", answer.Json.GetProperty("choices")[0].GetProperty("logprobs").GetRawText());
    }

    [Fact]
    public async Task Chat_SeveralAnswersAndTools_Streamed_ComeThrough()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Streams(
            "/v1/chat/completions",
            """
            data: {"model":"m-2","choices":[],"prompt_filter_results":[]}

            data: {"model":"m-2","choices":[{"index":1,"delta":{"role":"assistant","content":"b"},"finish_reason":null}],"usage":null}

            data: {"model":"m-2","choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":0,"id":"i","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}

            data: {"model":"m-2","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null},{"index":1,"delta":{},"finish_reason":"length"}]}

            data: {"model":"m-2","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """);
        var whole = await vendor.Host.PostAsync("/v1/chat/completions", """{"model":"r","stream":true,"n":2,"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]}""");
        Assert.Contains("""{"index":1,"delta":{"content":"b"},"finish_reason":null}""", whole.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":1,"delta":{},"finish_reason":"length"}""", whole.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"delta":{},"finish_reason":"tool_calls"}""", whole.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"delta":{"tool_calls":[{"index":0,"id":"i","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}""", whole.Body, StringComparison.Ordinal);
    }

    /// <summary>What evaluation harnesses send, to the worker: the first of a prompt's tokens has no likelihood.</summary>
    [Fact]
    public async Task Completions_EchoOfTheWorker_ComesThrough()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gpu-worker", """{"gpu_worker_api_base":"BASE"}""", "llm/v1/completions");
        const string Logprobs = """{"text_offset":[0,1],"token_logprobs":[null,-2.5],"tokens":["a","b"],"top_logprobs":[null,{"b":-2.5,"c":-1}]}""";
        vendor.Streams("/v1/completions", $$"""
            data: {"model":"m","choices":[{"index":0,"text":"ab","logprobs":{{Logprobs}},"finish_reason":null,"token_ids":[9]}]}

            data: {"model":"m","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"length"}]}

            data: {"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2} }

            data: [DONE]


            """);
        var answer = await vendor.Host.PostAsync("/v1/completions", """{"model":"r","prompt":[[7]],"temperature":0,"max_tokens":1,"logprobs":1,"seed":1234,"echo":true}""");
        Assert.Contains(vendor.Host.Provider.Requests, request => request.Body.Contains(""","logprobs":1,"echo":true""", StringComparison.Ordinal));
        Assert.Equal($$"""[{"index":0,"text":"ab","logprobs":{{Logprobs}},"finish_reason":"length"}]""", answer.Json.GetProperty("choices").GetRawText());
        Assert.Equal((1, 1), (answer.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), answer.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));

        // Answers have no place for it here.
        var refused = await vendor.Host.PostAsync("/v1/completions", """{"model":"r","prompt":"a","prompt_logprobs":1}""");
        Assert.Equal((400, "prompt_logprobs"), (refused.Status, refused.Param));
    }

    [Fact]
    public async Task Completions_ListsTokensAndLogprobs_ComeThrough()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""", "llm/v1/completions");
        vendor.Answers("/v1/completions", """{"model":"m","choices":[{"index":0,"text":"a","finish_reason":"stop","logprobs":{"tokens":["a"],"token_logprobs":[-1],"top_logprobs":null,"text_offset":[0]}},{"index":1,"text":"b","finish_reason":"length"}]}""");
        var answer = await vendor.Host.PostAsync("/v1/completions", """{"model":"r","prompt":[[1,2],[3]],"logprobs":0,"echo":true}""");
        Assert.Equal("""{"model":"m-1","prompt":[[1,2],[3]],"logprobs":0,"echo":true}""", vendor.Sent.Body);
        Assert.Equal(
            """[{"index":0,"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[-1],"text_offset":[0]},"finish_reason":"stop"},{"index":1,"text":"b","logprobs":null,"finish_reason":"length"}]""",
            answer.Json.GetProperty("choices").GetRawText());
    }

    [Theory]
    [InlineData("""{"openai_api_type":"azure","openai_api_key":"k","openai_api_base":"BASE"}""", "model.openai_config.openai_deployment_name")]
    [InlineData("""{"openai_api_key":"k","openai_deployment_name":"d"}""", "model.openai_config.openai_deployment_name")]
    [InlineData("""{"openai_api_type":"other"}""", "model.openai_config.openai_api_type")]
    [InlineData("""{}""", "model.openai_config.openai_api_key")]
    [InlineData("""{"openai_api_key":"k","nonsense":1}""", "model.openai_config.nonsense")]
    [InlineData("""{"openai_api_key":"k","openai_api_base":"http://169.254.169.254/"}""", "model.openai_config.openai_api_base")]
    public async Task Config_Wrong_IsRefusedByItsField(string block, string field)
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AllowedHosts"] = "api.openai.com,*.example.com" });
        var answer = await host.PostAsync("/api/2.0/gateway/routes", $$$"""{"name":"r","route_type":"llm/v1/chat","model":{"provider":"openai","name":"m","openai_config":{{{block.Replace("BASE", "https://a.example.com", StringComparison.Ordinal)}}}}}""");
        Assert.True(answer.Status == 400, answer.Body);
        Assert.Equal(field, answer.Param);
    }
}
