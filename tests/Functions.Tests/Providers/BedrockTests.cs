using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class BedrockTests(AzuriteFixture azurite)
{
    private const string Model = "anthropic.claude-3-v1:0";
    private const string Block = """{"aws_config":{"aws_access_key_id":"AKIDEXAMPLE","aws_secret_access_key":"secret/+=","aws_session_token":"token"},"aws_region":"us-east-1","bedrock_api_base":"BASE"}""";
    private const string Tools = ""","tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"required" """;

    [Fact]
    public async Task Chat_Plain_SpeaksConverseAndIsSigned()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: Model);
        vendor.Answers($"/model/{Model}/converse", """{"output":{"message":{"role":"assistant","content":[{"text":"Hello"},{"toolUse":{"toolUseId":"t","name":"f","input":{"a":1}}}]}},"stopReason":"tool_use","usage":{"inputTokens":7,"outputTokens":2,"totalTokens":9,"cacheReadInputTokens":5}}""");
        var answer = await vendor.ChatAsync(""","temperature":0.5,"max_tokens":9,"stop":["a"]""" + Tools, """[{"role":"system","content":"S"},{"role":"user","content":"Hi"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("""{"role":"assistant","content":"Hello","refusal":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}""", answer.Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
        Assert.Equal("""{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":5}}""", answer.Json.GetProperty("usage").GetRawText());
        Assert.Equal("POST /model/anthropic.claude-3-v1%3A0/converse", vendor.Sent.Line);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", vendor.Sent.Authorization, StringComparison.Ordinal);
        Assert.Contains("/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=", vendor.Sent.Authorization, StringComparison.Ordinal);
        Assert.Equal("token", vendor.Sent.Headers["x-amz-security-token"]);
        Assert.Equal(
            """{"system":[{"text":"S"}],"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["a"]},"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"any":{}}}}""",
            vendor.Sent.Body);
    }

    // spring-ai #6413, langchain-aws #844, litellm #8777: thoughts could not be asked for, and calls that followed from them were refused without their signed blocks.
    [Fact]
    public async Task Thoughts_WholeAndStreamed_ComeSignedAndGoBackSo()
    {
        const string Block1 = """{"type":"thinking","thinking":"Hm so","signature":"sig"}""";
        const string Hidden = """{"type":"redacted_thinking","data":"eA=="}""";
        const string Asked = ""","thinking":{"type":"enabled","budget_tokens":1024},"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]""";
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: Model);
        vendor.Answers($"/model/{Model}/converse", """{"output":{"message":{"content":[{"reasoningContent":{"reasoningText":{"text":"Hm so","signature":"sig"}}},{"reasoningContent":{"redactedContent":"eA=="}},{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]}},"stopReason":"tool_use"}""");
        var answer = await vendor.ChatAsync(Asked);
        Assert.True(answer.Status == 200, answer.Body);
        var message = answer.Json.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal($"[{Block1},{Hidden}]", message.GetProperty("thinking_blocks").GetRawText());
        Assert.Equal("Hm so", message.GetProperty("reasoning_content").GetString());
        Assert.Equal("""{"thinking":{"type":"enabled","budget_tokens":1024}}""", vendor.Sent.Json.GetProperty("additionalModelRequestFields").GetRawText());
        Assert.Equal("""{"maxTokens":5120}""", vendor.Sent.Json.GetProperty("inferenceConfig").GetRawText());

        vendor.Host.Provider.Requests.Clear();
        await vendor.ChatAsync(Asked, $$"""[{"role":"user","content":"A"},{{message.GetRawText()}},{"role":"tool","tool_call_id":"t","content":"1"}]""");
        Assert.Equal(
            """[{"reasoningContent":{"reasoningText":{"text":"Hm so","signature":"sig"}}},{"reasoningContent":{"redactedContent":"eA=="}},{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]""",
            vendor.Sent.Json.GetProperty("messages")[1].GetProperty("content").GetRawText());

        List<byte[]> events =
        [
            Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"""), Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":" so"}}}"""),
            Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}}}"""), Message(":event-type", "contentBlockStop", """{"contentBlockIndex":0}"""),
            Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"A"}}"""), Message(":event-type", "contentBlockStop", """{"contentBlockIndex":1}"""), Message(":event-type", "messageStop", """{"stopReason":"end_turn"}"""),
        ];
        vendor.Host.Provider.On($"/model/{Model}/converse-stream", http => SendAsync(http, events));
        var streamed = await vendor.ChatAsync(Asked + ""","stream":true""");
        Assert.Equal("A", VendorHost.Read(streamed).Text);
        Assert.Contains($$"""{"thinking_blocks":[{{Block1}}]}""", streamed.Body, StringComparison.Ordinal);

        vendor.Host.Provider.Requests.Clear();
        await vendor.ChatAsync(Asked + ""","tool_choice":"required","temperature":0.5""");
        Assert.Equal("""{"auto":{}}""", vendor.Sent.Json.GetProperty("toolConfig").GetProperty("toolChoice").GetRawText());
        Assert.Equal("""{"maxTokens":5120}""", vendor.Sent.Json.GetProperty("inferenceConfig").GetRawText());
    }

    [Fact]
    public async Task Thoughts_OfAnotherFamilysModel_AreRefusedByName()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: "amazon.nova-pro-v1:0");
        var answer = await vendor.ChatAsync(""","thinking":{"type":"enabled","budget_tokens":1024}""");
        Assert.Equal((400, "thinking"), (answer.Status, answer.Param));
        answer = await vendor.ChatAsync(""","reasoning_effort":"low" """);
        Assert.Equal((400, "reasoning_effort"), (answer.Status, answer.Param));
        vendor.Answers("/model/amazon.nova-pro-v1:0/converse", """{"output":{"message":{"content":[{"text":"A"}]}},"stopReason":"end_turn"}""");
        Assert.Equal(200, (await vendor.ChatAsync(""","reasoning_effort":"none" """)).Status);
    }

    [Theory]
    [InlineData("amazon.titan-embed-text-v2:0", "document", """{"inputText":"a"}""", """{"embedding":[3,4],"inputTextTokenCount":2}""", 4)]
    [InlineData("cohere.embed-english-v3", "query", """{"texts":["a"],"input_type":"search_query","embedding_types":["float"]}""", """{"embeddings":{"float":[[3,4]]}}""", null)]
    [InlineData("cohere.embed-english-v3", "document", """{"texts":["a"],"input_type":"search_document","embedding_types":["float"]}""", """{"embeddings":[[3,4]]}""", null)]
    [InlineData("amazon.nova-2-multimodal-embeddings-v1:0", "query", """{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"TEXT_RETRIEVAL","text":{"truncationMode":"NONE","value":"a"}}}""", """{"embeddings":[{"embeddingType":"TEXT","embedding":[3,4]}]}""", null)]
    [InlineData("us.amazon.nova-2-multimodal-embeddings-v1:0", "document", """{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","text":{"truncationMode":"NONE","value":"a"}}}""", """{"embeddings":[{"embeddingType":"TEXT","embedding":[3,4]}]}""", null)]
    public async Task Embeddings_OfEachFamily_AreInvokedInItsOwnShape(string model, string instruction, string sent, string told, int? tokens)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, "llm/v1/embeddings", model);
        vendor.Answers($"/model/{model}/invoke", told);
        var answer = await vendor.Host.PostAsync("/v1/embeddings", $$"""{"model":"r","input":["a","b"],"instruction":"{{instruction}}"}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(["[0.6,0.8]", "[0.6,0.8]"], answer.Json.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("embedding").GetRawText()));
        if (tokens is { } counted) Assert.Equal(counted, answer.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2, vendor.Host.Provider.Requests.Count);
        var first = vendor.Host.Provider.Requests.Single(r => r.Body == sent);
        Assert.StartsWith("AWS4-HMAC-SHA256 ", first.Authorization, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amazon.titan-embed-text-v2:0", """{"inputText":"a","dimensions":2}""", """{"embedding":[3,4],"inputTextTokenCount":2}""")]
    [InlineData("cohere.embed-v4:0", """{"texts":["a"],"input_type":"search_document","embedding_types":["float"],"output_dimension":2}""", """{"embeddings":{"float":[[3,4]]}}""")]
    [InlineData("amazon.nova-2-multimodal-embeddings-v1:0", """{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","embeddingDimension":2,"text":{"truncationMode":"NONE","value":"a"}}}""", """{"embeddings":[{"embeddingType":"TEXT","embedding":[3,4]}]}""")]
    public async Task Embeddings_OfDimensions_AskForThem(string model, string sent, string told)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, "llm/v1/embeddings", model);
        vendor.Answers($"/model/{model}/invoke", told);
        var answer = await vendor.Host.PostAsync("/v1/embeddings", """{"model":"r","input":"a","dimensions":2}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(sent, vendor.Sent.Body);
    }

    [Fact]
    public async Task Embeddings_OfAnotherFamily_AreRefusedByName()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, "llm/v1/embeddings", Model);
        var answer = await vendor.Host.PostAsync("/v1/embeddings", """{"model":"r","input":"a"}""");
        Assert.Equal((400, "model"), (answer.Status, answer.Param));
    }

    [Fact]
    public async Task Chat_Streamed_IsTranslated()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: Model);
        vendor.Host.Provider.On($"/model/{Model}/converse-stream", http => SendAsync(http, Events()));
        var (text, calls, finish, usage) = VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true}"""));
        Assert.Equal(("Hello", "tool_calls"), (text, finish));
        Assert.Equal("""[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}][{"index":0,"function":{"arguments":"{}"}}]""", calls);
        Assert.Equal("""{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}""", usage);
    }

    // bifrost #7003, litellm #30093, generative-ai-use-cases #1685: two documents of one name are refused there, and one without a text beside it.
    // BerriAI/litellm #39210: clients of Anthropic's mark what to keep whatever the model is, and models that keep nothing answer 403 to it.
    [Theory]
    [InlineData("us.anthropic.claude-haiku-4-5-20251001-v1:0", 1, 1, 2)]
    [InlineData("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-6", 1, 1, 2)]
    [InlineData("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", 1, 1, 2)]
    [InlineData("amazon.nova-pro-v1:0", 0, 1, 2)]
    [InlineData("us.meta.llama3-3-70b-instruct-v1:0", 0, 0, 0)]
    [InlineData("nvidia.nemotron-super-3-120b", 0, 0, 0)]
    [InlineData("anthropic.claude-3-haiku-20240307-v1:0", 0, 0, 0)]
    public void Marks_OfWhatToKeep_AreForModelsThatKeepIt(string model, int tools, int system, int messages)
    {
        using var mark = JsonDocument.Parse("""{"type":"ephemeral"}""");
        using var tool = JsonDocument.Parse("""[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]""");
        ContentPart Marked(string text) => new(text) { CacheControl = mark.RootElement };
        var body = BedrockBody.Of(model, new Generation
        {
            Messages =
            [
                new ChatMessage("system", "S") { Parts = [Marked("S")] },
                new ChatMessage("user", "Q") { Parts = [Marked("Q")] },
                new ChatMessage("assistant", "") { ToolCalls = [new ToolCall("a", "function", new ToolFunction("f", "{}"))] },
                new ChatMessage("tool", "R") { ToolCallId = "a", Parts = [Marked("R")] },
            ],
            Settings = new GenerationSettings { Tools = tool.RootElement },
            Streams = false,
        });
        Assert.Equal((tools, system, messages), (Count("toolConfig"), Count("system"), Count("messages")));

        int Count(string member) => body[member]!.ToJsonString().Split("cachePoint").Length - 1;
    }

    [Fact]
    public async Task Documents_OfSeveralTurns_HaveNamesOfTheirOwnAndATextBesideThem()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: Model);
        vendor.Answers($"/model/{Model}/converse", """{"output":{"message":{"content":[{"text":"A"}]}},"stopReason":"end_turn"}""");
        const string Source = """ "type":"document","source":{"type":"text","media_type":"text/plain","data":"x"} """;
        static string Given(string more = "") => "{" + Source + more + "}";
        var answer = await vendor.Host.PostAsync(
            "/v1/messages",
            $$$"""{"model":"r","max_tokens":9,"tools":[{"name":"f","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":[{{{Given()}}},{{{Given(""","title":"report (2).txt" """)}}}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{{{Given(""","title":"report.txt" """)}}}]},{{{Given(""","title":"Report.md" """)}}},{"type":"text","text":"Q"}]}]}""");
        Assert.True(answer.Status == 200, answer.Body);
        const string Named = """{"document":{"format":"txt","name":"NAME","source":{"bytes":"eA=="}}}""";
        static string Of(string name) => Named.Replace("NAME", name, StringComparison.Ordinal);
        Assert.Equal(
            $$"""[{{Of("document")}},{{Of("report (2)")}},{"text":"(A document is attached.)"}]""",
            vendor.Sent.Json.GetProperty("messages")[0].GetProperty("content").GetRawText());
        Assert.Equal(
            $$$"""[{"toolResult":{"toolUseId":"t","content":[{{{Of("report")}}}]}},{{{Of("Report (3)")}}},{"text":"Q"}]""",
            vendor.Sent.Json.GetProperty("messages")[2].GetProperty("content").GetRawText());
    }

    [Theory]
    [InlineData("half", "upstream_unreachable")]
    [InlineData("garbled", "upstream_invalid_response")]
    [InlineData("throttled", "upstream_rate_limited")]
    public async Task Stream_Failing_EndsInAnError(string how, string code)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "bedrock", Block, model: Model);
        var events = Events();
        var bytes = how switch
        {
            "half" => events[..2].Append(events[2][..^5]),
            "garbled" => events[..2].Append([.. events[2][..^1], 1]),
            _ => events[..2].Append(Message(":exception-type", "throttlingException", """{"message":"secret words"}""")),
        };
        vendor.Host.Provider.On($"/model/{Model}/converse-stream", http => SendAsync(http, bytes));
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("data: {\"error\":{\"code\":\"" + code, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", answer.Body, StringComparison.Ordinal);
    }

    /// <summary>The signing key of the example in AWS's documentation ("Deriving the signing key").</summary>
    [Fact]
    public void SigningKey_OfTheDocumentedExample_IsTheDocumentedOne() => Assert.Equal(
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
        Convert.ToHexStringLower(AwsSignature.SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")));

    [Fact]
    public void Signature_OfTheSameRequest_IsTheSameAndOfAnotherIsNot()
    {
        string Of(string body, string path) => AwsSignature.Sign(HttpMethod.Post, new Uri("https://h.example" + path), Encoding.UTF8.GetBytes(body), new SecretText("a:b"), "us-east-1", "bedrock", DateTimeOffset.UnixEpoch)
            .Single(h => h.Key == "Authorization").Value;
        Assert.Equal(Of("x", "/a"), Of("x", "/a"));
        Assert.Equal(4, new[] { Of("x", "/a"), Of("y", "/a"), Of("x", "/b"), Of("x", "/a%3A") }.Distinct().Count());
    }

    [Fact]
    public void Crc32_OfTheCheckText_IsItsCheckValue() => Assert.Equal(0xCBF43926u, AwsEventStream.Crc32("123456789"u8));

    private static List<byte[]> Events() =>
    [
        Message(":event-type", "messageStart", """{"role":"assistant"}"""),
        Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hel"}}"""),
        Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"lo"}}"""),
        Message(":event-type", "contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"""),
        Message(":event-type", "contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}"""),
        Message(":event-type", "messageStop", """{"stopReason":"tool_use"}"""),
        Message(":event-type", "metadata", """{"usage":{"inputTokens":3,"outputTokens":4}}"""),
    ];

    private static byte[] Message(string header, string type, string payload)
    {
        byte[] headers = [(byte)header.Length, .. Encoding.UTF8.GetBytes(header), 7, (byte)(type.Length >> 8), (byte)type.Length, .. Encoding.UTF8.GetBytes(type)];
        var body = Encoding.UTF8.GetBytes(payload);
        var message = new byte[16 + headers.Length + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), AwsEventStream.Crc32(message.AsSpan(0, 8)));
        headers.CopyTo(message, 12);
        body.CopyTo(message, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), AwsEventStream.Crc32(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    private static async Task SendAsync(HttpContext http, IEnumerable<byte[]> messages)
    {
        http.Response.ContentType = "application/vnd.amazon.eventstream";
        foreach (var part in messages.SelectMany(m => m).Chunk(13))
        {
            await http.Response.Body.WriteAsync(part);
            await http.Response.Body.FlushAsync();
        }
    }
}
