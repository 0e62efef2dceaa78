using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>What services want back with a turn of their own, carried by clients of OpenAI's responses and of Anthropic's messages: nothing is stored here.</summary>
[Collection("gateway")]
public sealed class KeptThoughtsTests(AzuriteFixture azurite)
{
    private const string Include = ""","include":["reasoning.encrypted_content"]""";
    private const string Tools = ""","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}]""";
    private const string Anthropic = "/v1/messages";
    private const string Gemini = "/v1beta/models/gemini-3-pro:";
    private const string OpenAi = "/v1/chat/completions";

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Anthropic_SignedThoughtsBeforeACall_ComeBackAsTheyWere(bool isStream, bool isShown)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""");
        vendor.Answers(Anthropic, """{"type":"message","content":[{"type":"thinking","thinking":"Hm so","signature":"s"},{"type":"redacted_thinking","data":"x"},{"type":"tool_use","id":"c","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":3}}""");
        if (isStream)
        {
            vendor.Streams(
                Anthropic,
                AnthropicEvents(
                    """{"type":"message_start","message":{"usage":{"input_tokens":1}}}""",
                    """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}""",
                    """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}""",
                    """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" so"}}""",
                    """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}""",
                    """{"type":"content_block_stop","index":0}""",
                    """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}}""",
                    """{"type":"content_block_stop","index":1}""",
                    """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}""",
                    """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
                    """{"type":"content_block_stop","index":2}""",
                    """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}""",
                    """{"type":"message_stop"}"""));
        }

        var output = await AskAsync(vendor, User, isStream, Tools + Include + (isShown ? ""","reasoning":{"summary":"auto"}""" : ""));
        Assert.Equal(["reasoning", "function_call"], output.Select(item => (string)item!["type"]!));
        Assert.Equal(isShown ? """[{"type":"summary_text","text":"Hm so"}]""" : "[]", output[0]!["summary"]!.ToJsonString());

        await AskAsync(vendor, [.. User, .. output.Select(item => item!.DeepClone()), Output("c")], isStream: false, Tools + Include);
        Assert.Equal(
            """[{"type":"thinking","thinking":"Hm so","signature":"s"},{"type":"redacted_thinking","data":"x"},{"type":"tool_use","id":"c","name":"f","input":{}}]""",
            vendor.Sent.Json.GetProperty("messages")[1].GetProperty("content").GetRawText());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gemini_SignedTextAndCall_ComeBackSigned(bool isStream)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", model: "gemini-3-pro");
        const string Answer = """{"candidates":[{"content":{"parts":[{"text":"A","thoughtSignature":"b25l"},{"functionCall":{"name":"f"},"thoughtSignature":"dHdv"},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}""";
        vendor.Answers(Gemini + "generateContent", Answer);
        vendor.Streams(Gemini + "streamGenerateContent", $"data: {Answer}\n\n");
        var output = await AskAsync(vendor, User, isStream, Tools + Include);
        var calls = output.Where(item => (string)item!["type"]! == "function_call").Select(item => (string)item!["call_id"]!).ToList();
        Assert.Equal(2, calls.Count);

        await AskAsync(vendor, [.. User, .. output.Select(item => item!.DeepClone()), .. calls.Select(Output)], isStream: false, Tools + Include);
        Assert.Equal(
            """[{"text":"A","thoughtSignature":"b25l"},{"functionCall":{"name":"f","args":{}},"thoughtSignature":"dHdv"},{"functionCall":{"name":"f","args":{}}}]""",
            vendor.Sent.Json.GetProperty("contents")[1].GetProperty("parts").GetRawText());
    }

    // Claude Code and its like over a model of Google's: a turn without its signatures is refused, or understood less.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_GeminisSignatures_ComeBackInThinkingBlocks(bool isStream)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", model: "gemini-3-pro");
        const string Answer = """{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"text":"A","thoughtSignature":"b25l"},{"functionCall":{"name":"f"},"thoughtSignature":"dHdv"},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}""";
        vendor.Answers(Gemini + "generateContent", Answer);
        vendor.Streams(Gemini + "streamGenerateContent", $"data: {Answer}\n\n");
        const string Rest = ""","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024},"tools":[{"name":"f","input_schema":{"type":"object"}}]""";
        var answer = await vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","messages":[{"role":"user","content":"Q"}]{{Rest}}{{(isStream ? ",\"stream\":true" : "")}}}""");
        var content = isStream ? BlocksOf(answer) : JsonNode.Parse(answer.Body)!["content"]!.AsArray();
        Assert.Equal("Hm", string.Concat(content.Where(block => (string)block!["type"]! == "thinking").Select(block => (string)block!["thinking"]!)));
        Assert.Equal(["text", "tool_use", "tool_use"], content.Select(block => (string)block!["type"]!).Where(type => type != "thinking"));

        vendor.Host.Provider.Requests.Clear();
        var results = new JsonArray([.. content.Where(block => (string)block!["type"]! == "tool_use").Select(block => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string)block!["id"]!, ["content"] = "r" })]);
        var next = await vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","messages":[{"role":"user","content":"Q"},{"role":"assistant","content":{{content.ToJsonString()}}},{"role":"user","content":{{results.ToJsonString()}}}]{{Rest}}}""");
        Assert.True(next.Status == 200, next.Body);
        Assert.Equal(
            """[{"text":"A","thoughtSignature":"b25l"},{"functionCall":{"name":"f","args":{}},"thoughtSignature":"dHdv"},{"functionCall":{"name":"f","args":{}}}]""",
            vendor.Sent.Json.GetProperty("contents")[1].GetProperty("parts").GetRawText());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_OpenRoutersDetails_ComeBackInThinkingBlocks(bool isStream)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, """{"choices":[{"index":0,"message":{"content":"A","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"}]},"finish_reason":"stop"}]}""");
        vendor.Streams(OpenAi, "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"Hm\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"Hm\",\"signature\":\"s\"}]}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        const string Rest = ""","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024}""";
        var answer = await vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","messages":[{"role":"user","content":"Q"}]{{Rest}}{{(isStream ? ",\"stream\":true" : "")}}}""");
        var content = isStream ? BlocksOf(answer) : JsonNode.Parse(answer.Body)!["content"]!.AsArray();
        Assert.Equal(["thinking", "text"], content.Select(block => (string)block!["type"]!));

        vendor.Host.Provider.Requests.Clear();
        await vendor.Host.PostAsync("/v1/messages", $$"""{"model":"r","messages":[{"role":"user","content":"Q"},{"role":"assistant","content":{{content.ToJsonString()}}},{"role":"user","content":"R"}]{{Rest}}}""");
        Assert.Equal("""{"role":"assistant","content":"A","reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"}]}""", vendor.Sent.Json.GetProperty("messages")[1].GetRawText());
    }

    [Fact]
    public async Task Messages_BrokenSignatureOfOurs_IsRefusedByName()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        var answer = await vendor.Host.PostAsync("/v1/messages", """{"model":"r","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"kept1.eyJtZXNz"},{"type":"text","text":"A"}]},{"role":"user","content":"Q"}]}""");
        Assert.Equal(400, answer.Status);
        Assert.Contains("messages[0].content[0].signature", answer.Body, StringComparison.Ordinal);
    }

    // OpenRouter's blocks, and DeepSeek's thoughts, which are plain.
    [Theory]
    [InlineData("\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"x\"}]", "\"reasoning\":\"Hm\",")]
    [InlineData("\"reasoning_content\":\"Hm\"", "")]
    public async Task OpenAiWire_Thoughts_ComeBackUnseen(string kept, string beside)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, $$"""{"choices":[{"index":0,"message":{"content":"A",{{beside}}{{kept}}},"finish_reason":"stop"}]}""");
        var output = await AskAsync(vendor, User, isStream: false, Include);
        await AskAsync(vendor, [.. User, .. output.Select(item => item!.DeepClone()), .. User], isStream: false, Include);
        Assert.Equal($$"""{"role":"assistant","content":"A",{{kept}}}""", vendor.Sent.Json.GetProperty("messages")[1].GetRawText());
    }

    [Fact]
    public async Task Thoughts_NotAskedFor_AreNotCarried()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, """{"choices":[{"index":0,"message":{"content":"A","reasoning_content":"Hm"},"finish_reason":"stop"}]}""");
        Assert.Equal(["message"], (await AskAsync(vendor, User, isStream: false)).Select(item => (string)item!["type"]!));
        Assert.Null((await AskAsync(vendor, User, isStream: false, ""","reasoning":{"summary":"auto"}"""))[0]!["encrypted_content"]);
    }

    // A conversation that another service began; and one whose text was cut on its way.
    [Theory]
    [InlineData("gAAAAABo", true)]
    [InlineData("kept1.eyJtZXNz", false)]
    [InlineData("kept1.e30", false)]
    [InlineData("kept1.eyJtZXNzYWdlIjoxLCJjYWxscyI6e319", false)]
    [InlineData("kept1.***", false)]
    public async Task Content_OfAnotherService_IsLeftOutAndABrokenOneRefused(string content, bool isTaken)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers(OpenAi, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.Host.PostAsync("/v1/responses", $$"""{"model":"r","input":[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"Hm"}],"encrypted_content":"{{content}}"},{"role":"assistant","content":"A"},{"role":"user","content":"Q"}]}""");
        Assert.Equal(isTaken ? (200, null) : (400, "input[0].encrypted_content"), (answer.Status, isTaken ? null : answer.Param));
        if (isTaken) Assert.Equal("""{"role":"assistant","content":"A","reasoning_content":"Hm"}""", vendor.Sent.Json.GetProperty("messages")[0].GetRawText());
    }

    private static JsonArray User => [JsonNode.Parse("""{"role":"user","content":"Q"}""")];

    private static JsonNode Output(string call) => new JsonObject { ["type"] = "function_call_output", ["call_id"] = call, ["output"] = "r" };

    private static string AnthropicEvents(params string[] events) => string.Concat(events.Select(data => $"event: {JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()}\ndata: {data}\n\n"));

    /// <summary>The blocks that a stream of Anthropic's events makes.</summary>
    private static JsonArray BlocksOf(GatewayHost.Answer answer)
    {
        var blocks = new JsonArray();
        foreach (var line in answer.Body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)))
        {
            var data = JsonNode.Parse(line["data: ".Length..])!;
            if ((string)data["type"]! == "content_block_start") blocks.Add(data["content_block"]!.DeepClone());
            if ((string)data["type"]! != "content_block_delta") continue;
            Assert.Equal(blocks.Count - 1, (int)data["index"]!);
            foreach (var (name, piece) in data["delta"]!.AsObject().Where(member => member.Key is "text" or "thinking" or "signature")) blocks[^1]![name] = (string?)blocks[^1]![name] + (string)piece!;
        }

        return blocks;
    }

    /// <returns>The output's items.</returns>
    private static async Task<JsonArray> AskAsync(VendorHost vendor, IEnumerable<JsonNode?> input, bool isStream, string rest = "")
    {
        vendor.Host.Provider.Requests.Clear();
        var items = new JsonArray([.. input.Select(item => item!.DeepClone())]);
        var answer = await vendor.Host.PostAsync("/v1/responses", $$"""{"model":"r","input":{{items.ToJsonString()}}{{rest}}{{(isStream ? ",\"stream\":true" : "")}}}""");
        Assert.True(answer.Status == 200, answer.Body);
        if (!isStream) return JsonNode.Parse(answer.Body)!["output"]!.AsArray();
        var last = answer.Body.Split('\n').Last(line => line.StartsWith("data: {\"type\":\"response.completed\"", StringComparison.Ordinal));
        return JsonNode.Parse(last["data: ".Length..])!["response"]!["output"]!.AsArray();
    }
}
