using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>text-generation-inference and MLflow's model server in their own wires, any IChatClient, and what GET /providers says.</summary>
[Collection("gateway")]
public sealed class ModelServerTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task TextGenerationInference_Completion_IsGenerate()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""", "llm/v1/completions");
        vendor.Answers("/generate", """{"generated_text":"Hello","details":{"finish_reason":"length","generated_tokens":2,"prefill":[{"id":1},{"id":2},{"id":3}]}}""");
        var answer = await vendor.Host.PostAsync("/v1/completions", new { model = "r", prompt = "Say", temperature = 0.5, max_tokens = 2, stop = "x" });
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal("length", answer.Json.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("""{"inputs":"Say","parameters":{"temperature":0.5,"do_sample":true,"max_new_tokens":2,"stop":["x"],"details":true,"decoder_input_details":true}}""", vendor.Sent.Body);
    }

    [Fact]
    public async Task TextGenerationInference_Streamed_IsGenerateStream()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""", "llm/v1/completions");
        vendor.Streams("/generate_stream", "data:{\"token\":{\"id\":1,\"text\":\"Hel\",\"special\":false},\"generated_text\":null}\n\ndata:{\"token\":{\"id\":2,\"text\":\"lo\",\"special\":false},\"generated_text\":null}\n\ndata:{\"token\":{\"id\":3,\"text\":\"</s>\",\"special\":true},\"generated_text\":\"Hello\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":3,\"input_length\":4}}\n\n");
        var answer = await vendor.Host.PostAsync("/v1/completions", new { model = "r", prompt = "Say", stream = true });
        Assert.Contains("\"text\":\"lo\",\"logprobs\":null,\"finish_reason\":null", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("</s>", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"", answer.Body, StringComparison.Ordinal);
    }

    // OpenAI's answers do not hold what they stopped at; text-generation-inference's text ends with it, and a pipeline behind MLflow may go on.
    [Fact]
    public async Task StopString_LeftInByAServer_IsNoPartOfTheAnswer()
    {
        await using var server = await VendorHost.StartAsync(azurite, "huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""", "llm/v1/completions");
        server.Answers("/generate", """{"generated_text":"Hello.\nEND","details":{"finish_reason":"stop_sequence","generated_tokens":2,"prefill":[]}}""");
        Assert.Equal("Hello.\n", (await server.Host.PostAsync("/v1/completions", new { model = "r", prompt = "Say", stop = "END" })).Json.GetProperty("choices")[0].GetProperty("text").GetString());
        string Token(string text, string? whole) => """data:{"token":{"text":"TEXT","special":false},"generated_text":WHOLE,"details":{"finish_reason":"stop_sequence","generated_tokens":3,"input_length":4}}""".Replace("TEXT", text, StringComparison.Ordinal).Replace("WHOLE", whole ?? "null", StringComparison.Ordinal) + "\n\n";
        server.Streams("/generate_stream", Token("Hello. E", null) + Token("very E", null) + Token("ND", "\"Hello. Every END\""));
        var streamed = await server.Host.PostAsync("/v1/completions", new { model = "r", prompt = "Say", stop = "END", stream = true });
        Assert.Contains("\"text\":\"Hello. \"", streamed.Body, StringComparison.Ordinal);
        Assert.Contains("\"text\":\"Every \"", streamed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("ND", streamed.Body.Replace("[DONE]", "", StringComparison.Ordinal), StringComparison.Ordinal);

        await using var mlflow = await VendorHost.StartAsync(azurite, "mlflow-model-serving", """{"model_server_url":"BASE"}""", "llm/v1/completions");
        mlflow.Answers("/invocations", """{"predictions":["Hello END and on"]}""");
        Assert.Equal("Hello ", (await mlflow.Host.PostAsync("/v1/completions", new { model = "r", prompt = "Say", stop = "END" })).Json.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    // TGI's chats end with the stop string as its completions do, and its top_p lies between 0 and 1.
    [Fact]
    public async Task TextGenerationInference_Chat_HasNoStopStringAndAPermittedTopP()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "huggingface-text-generation-inference", """{"hf_server_url":"BASE"}""");
        const string Path = "/v1/chat/completions";
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello.\nEND"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}""");
        var whole = await vendor.ChatAsync(""","stop":["END"],"top_p":1""");
        Assert.Equal("Hello.\n", whole.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.False(vendor.Sent.Json.TryGetProperty("top_p", out _));

        static string Chunk(string text, string finish = "null") => """data: {"choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":FINISH}]}""".Replace("TEXT", text, StringComparison.Ordinal).Replace("FINISH", finish, StringComparison.Ordinal) + "\n\n";
        vendor.Streams(Path, Chunk("Hello. E") + Chunk("very E") + Chunk("ND", "\"stop\"") + "data: [DONE]\n\n");
        Assert.Equal("Hello. Every ", VendorHost.Read(await vendor.ChatAsync(""","stop":"END","stream":true,"top_p":0""")).Text);
        Assert.Equal(0, vendor.Host.Provider.Requests.Last().Json.GetProperty("temperature").GetDouble());

        // What may have been the beginning of one, and was not, is part of the answer.
        vendor.Streams(Path, Chunk("Hello. E", "\"stop\"") + "data: [DONE]\n\n");
        Assert.Equal("Hello. E", VendorHost.Read(await vendor.ChatAsync(""","stop":"END","stream":true""")).Text);
    }

    [Theory]
    [InlineData("""{"predictions":["Hello"]}""", 200)]
    [InlineData("""{"predictions":{"candidates":[{"text":"Hello"}]}}""", 200)]
    [InlineData("""{"predictions":[]}""", 502)]
    [InlineData("""[1]""", 502)]
    public async Task Mlflow_Completion_IsInputsAndPredictions(string body, int status)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "mlflow-model-serving", """{"model_server_url":"BASE"}""", "llm/v1/completions");
        vendor.Answers("/invocations", body);
        var answer = await vendor.Host.PostAsync("/gateway/r/invocations", new { prompt = "Say", max_tokens = 3 });
        Assert.Equal(status, answer.Status);
        if (status == 200) Assert.Equal("Hello", answer.Json.GetProperty("candidates")[0].GetProperty("text").GetString());
        Assert.Equal("""{"inputs":["Say"],"params":{"max_tokens":3}}""", vendor.Sent.Body);
    }

    [Fact]
    public async Task ChatClient_RegisteredByTheApp_IsAModel()
    {
        using var client = new Echo();
        await using var host = await GatewayHost.StartAsync(azurite, services: s => s.AddKeyedSingleton<IChatClient>("echo", client));
        Assert.Equal(201, (await host.PostAsync("/api/2.0/gateway/routes", new { name = "r", route_type = "llm/v1/chat", model = new { provider = "chat-client", name = "echo" } })).Status);
        Assert.Equal("model.name", (await host.PostAsync("/api/2.0/gateway/routes", new { name = "q", route_type = "llm/v1/chat", model = new { provider = "chat-client", name = "none" } })).Param);
        var answer = await host.PostAsync("/v1/chat/completions", """{"model":"r","max_tokens":5,"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}}]}""");
        Assert.True(answer.Status == 200, answer.Body);
        var message = answer.Json.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("system:S user:Hi 5 f", message.GetProperty("content").GetString());
        Assert.Equal("""{"a":1}""", message.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal(("{}", "Hm"), (message.GetProperty("tool_calls")[1].GetProperty("function").GetProperty("arguments").GetString(), message.GetProperty("reasoning_content").GetString()));
        Assert.Equal("""{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6,"completion_tokens_details":{"reasoning_tokens":1}}""", answer.Json.GetProperty("usage").GetRawText());
        client.Fails = true;
        var failed = await host.PostAsync("/v1/chat/completions", """{"model":"r","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal((502, "upstream_error"), (failed.Status, failed.Code));
        Assert.DoesNotContain("secret words", failed.Body + host.Logs.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Providers_Listed_SayWhatEachTakes()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var all = (await host.GetAsync("/providers")).Json.GetProperty("providers").EnumerateArray().ToDictionary(p => p.GetProperty("name").GetString()!);
        Assert.Equal(
            ["ai21", "ai21labs", "anthropic", "azure-openai", "bedrock", "chat-client", "cohere", "databricks-model-serving", "gemini", "gpu-worker", "huggingface-text-generation-inference", "mlflow-model-serving", "mosaicml", "openai"],
            all.Keys.Order());
        Assert.Contains("tools", all["anthropic"].GetProperty("route_types").GetProperty("llm/v1/chat").EnumerateArray().Select(p => p.GetString()));
        Assert.DoesNotContain("tools", all["gpu-worker"].GetProperty("route_types").GetProperty("llm/v1/chat").EnumerateArray().Select(p => p.GetString()));
        Assert.False(all["anthropic"].GetProperty("route_types").TryGetProperty("llm/v1/embeddings", out _));
        Assert.Equal("azure_openai_config", all["azure-openai"].GetProperty("config_block").GetString());
    }

    private sealed class Echo : IChatClient
    {
        public bool Fails { get; set; }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (Fails) throw new InvalidOperationException("secret words");
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("Hm")]);
            yield return new ChatResponseUpdate(ChatRole.Assistant, string.Join(' ', messages.Select(m => $"{m.Role}:{m.Text}")));
            yield return new ChatResponseUpdate(ChatRole.Assistant, $" {options?.MaxOutputTokens} {options?.Tools?[0].Name}");
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["a"] = 1 }), new FunctionCallContent("d", "g")]) { FinishReason = ChatFinishReason.ToolCalls };
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 4, OutputTokenCount = 2, ReasoningTokenCount = 1 })]);
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
