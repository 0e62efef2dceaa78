using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Thinking as each generation of Anthropic's models takes it; what a request of theirs is refused for.</summary>
public sealed class AnthropicThinkingTests
{
    private const string Haiku3 = "claude-3-5-haiku-20241022";
    private const string Sonnet37 = "claude-3-7-sonnet-20250219";
    private const string Opus4 = "claude-opus-4-20250514";
    private const string Sonnet45 = "claude-sonnet-4-5-20250929";
    private const string Opus45 = "claude-opus-4-5-20251101";
    private const string Sonnet46 = "claude-sonnet-4-6";
    private const string Opus48 = "claude-opus-4-8";
    private const string Opus5 = "claude-opus-5";
    private const string Fable = "claude-fable-5-1";

    private const string Shown = """{"type":"adaptive","display":"summarized"}""";
    private const string Off = """{"type":"disabled"}""";
    private const string Adaptive = """{"type":"adaptive"}""";

    [Theory]
    [InlineData(Haiku3, 35)]
    [InlineData("claude-3-haiku-20240307", 30)]
    [InlineData(Sonnet37, 37)]
    [InlineData(Opus4, 40)]
    [InlineData("claude-opus-4-1", 41)]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 45)]
    [InlineData("global.anthropic.claude-opus-4-6-v1", 46)]
    [InlineData("anthropic/claude-4.6-opus", 46)]
    [InlineData("anthropic/claude-opus-4.7", 47)]
    [InlineData("claude-haiku-5-5", 55)]
    [InlineData("claude-mythos-preview", 50)]
    [InlineData(Fable, 51)]
    [InlineData("claude-2.1", 21)]
    [InlineData("claude-instant", null)]
    [InlineData("m-1", null)]
    public void Version_OfAModelsName_IsWhatItTells(string model, int? version) => Assert.Equal(version, ClaudeModel.Of(model).Version);

    [Theory]
    [InlineData(Haiku3, "high", null, null, 4096)]
    [InlineData(Sonnet37, "minimal", """{"type":"enabled","budget_tokens":1024}""", null, 5120)]
    [InlineData(Opus4, "low", """{"type":"enabled","budget_tokens":1024}""", null, 5120)]
    [InlineData(Sonnet45, "medium", """{"type":"enabled","budget_tokens":8192}""", null, 12288)]
    [InlineData(Sonnet45, "max", """{"type":"enabled","budget_tokens":24576}""", null, 28672)]
    [InlineData(Sonnet45, "none", null, null, 4096)]
    [InlineData(Opus45, "max", """{"type":"enabled","budget_tokens":24576}""", "high", 28672)]
    [InlineData(Sonnet46, "minimal", Adaptive, "low", 28672)]
    [InlineData(Sonnet46, "xhigh", Adaptive, "high", 28672)]
    [InlineData(Sonnet46, "max", Adaptive, "max", 28672)]
    [InlineData(Sonnet46, "none", null, null, 4096)]
    [InlineData(Opus48, "xhigh", Shown, "xhigh", 28672)]
    [InlineData(Opus48, "none", null, null, 4096)]
    [InlineData(Opus5, "none", Off, null, 4096)]
    [InlineData(Fable, "none", null, "low", 28672)]
    [InlineData("m-1", "medium", null, "medium", 4096)]
    public void Effort_Alone_IsTheThinkingThatTheModelTakes(string model, string effort, string? thinking, string? told, int maxTokens)
    {
        var body = Body(model, $"\"reasoning_effort\":\"{effort}\"");
        Assert.Equal((thinking, told, maxTokens), (body["thinking"]?.ToJsonString(), (string?)body["output_config"]?["effort"], (int)body["max_tokens"]!));
    }

    /// <summary>What asks for thoughts beside an effort of none asks for none.</summary>
    [Fact]
    public void Adaptive_BesideNoEffort_IsNoBudget() => Assert.Null(Body(Sonnet45, $"\"thinking\":{Adaptive},\"reasoning_effort\":\"none\"")["thinking"]);

    [Theory]
    [InlineData(Haiku3, Adaptive, null, null)]
    [InlineData(Sonnet45, Adaptive, """{"type":"enabled","budget_tokens":8192}""", null)]
    [InlineData(Sonnet45, Off, Off, null)]
    [InlineData(Sonnet46, """{"type":"enabled","budget_tokens":2048}""", """{"type":"enabled","budget_tokens":2048}""", null)]
    [InlineData(Opus48, """{"type":"enabled","budget_tokens":2048}""", Shown, "low")]
    [InlineData(Opus48, """{"type":"enabled","budget_tokens":10000,"display":"omitted"}""", """{"type":"adaptive","display":"omitted"}""", "medium")]
    [InlineData(Opus48, Adaptive, Adaptive, null)]
    [InlineData(Opus5, Off, Off, null)]
    [InlineData(Fable, Off, null, null)]
    [InlineData("claude-sonnet-5-5", Off, null, null)]
    [InlineData("claude-haiku-5-5", Off, Off, null)]
    [InlineData("m-1", Adaptive, Adaptive, null)]
    public void Thinking_AsAnotherGenerationTakesIt_IsToldAsTheModelDoes(string model, string given, string? thinking, string? effort)
    {
        var body = Body(model, $"\"thinking\":{given}");
        Assert.Equal((thinking, effort), (body["thinking"]?.ToJsonString(), (string?)body["output_config"]?["effort"]));
    }

    // Above high Claude Opus 5 refuses an effort where it is not to think.
    [Fact]
    public void Effort_BesideNoThinking_IsHighAtMost() => Assert.Equal("high", (string?)Body(Opus5, $"\"thinking\":{Off},\"reasoning_effort\":\"max\"")["output_config"]!["effort"]);

    // On /v1/messages an effort is of the answer, and thinking has a word of its own.
    [Theory]
    [InlineData(Sonnet45, null)]
    [InlineData(Opus48, "low")]
    public void Effort_OfAnthropicsCallers_AsksForNoThoughts(string model, string? effort)
    {
        var chat = Chat("\"reasoning_effort\":\"low\"");
        var body = AnthropicBody.Of(model, chat with { Settings = chat.Settings with { IsEffortAlone = true } });
        Assert.Equal((null, effort), (body["thinking"], (string?)body["output_config"]?["effort"]));
    }

    [Theory]
    [InlineData(20000, 8192)]
    [InlineData(4096, 3072)]
    [InlineData(2048, 1024)]
    [InlineData(2047, null)]
    [InlineData(9, null)]
    public void Effort_AsABudget_LeavesRoomForTheAnswer(int maxTokens, int? budget)
    {
        var chat = Chat("\"reasoning_effort\":\"medium\"");
        var body = AnthropicBody.Of(Sonnet45, chat with { Settings = chat.Settings with { MaxTokens = maxTokens } });
        Assert.Equal((budget, maxTokens), ((int?)body["thinking"]?["budget_tokens"], (int)body["max_tokens"]!));
    }

    [Theory]
    [InlineData(2048, 2048, null, true)]
    [InlineData(1000, 4096, null, true)]
    [InlineData(2047, 2048, null, false)]
    [InlineData(4096, 2048, "interleaved-thinking-2025-05-14", false)]
    public void Budget_ThatDoesNotGoWithTheLimit_IsRefusedByName(int budget, int maxTokens, string? betas, bool isRefused)
    {
        var chat = Chat($$"""  "thinking":{"type":"enabled","budget_tokens":{{budget}} } """) with { Betas = betas };
        AnthropicThinking Of() => AnthropicThinking.Of(Sonnet45, chat with { Settings = chat.Settings with { MaxTokens = maxTokens } }, "anthropic");
        if (isRefused) Assert.Equal("thinking.budget_tokens", Assert.Throws<GatewayException>(Of).Error.Param);
        else Assert.Equal(budget, (int)Of().Thinking!["budget_tokens"]!);
    }

    [Fact]
    public void Effort_ThatIsNone_IsRefusedByName() => Assert.Equal("reasoning_effort", Assert.Throws<GatewayException>(() => Body(Opus48, "\"reasoning_effort\":\"much\"")).Error.Param);

    // What the API refuses beside thoughts, and of models since Claude 4.7 in any case.
    [Theory]
    [InlineData(Sonnet45, """ "thinking":{"type":"enabled","budget_tokens":2048} """, """{"top_p":0.95}""", "auto")]
    [InlineData(Sonnet46, """ "thinking":{"type":"adaptive"} """, """{"top_p":0.95}""", "auto")]
    [InlineData(Sonnet45, "", """{"temperature":0.5,"top_p":0.95,"top_k":3}""", "any")]
    [InlineData(Sonnet45, """ "reasoning_effort":"low" """, """{"temperature":0.5,"top_p":0.95,"top_k":3}""", "any")]
    [InlineData(Opus48, "", "{}", "any")]
    [InlineData(Opus48, """ "reasoning_effort":"low" """, "{}", "any")]
    [InlineData(Fable, "", "{}", "auto")]
    [InlineData("m-1", """ "thinking":{"type":"adaptive"} """, """{"top_p":0.95}""", "auto")]
    public void SamplingAndCalls_BesideThoughts_AreLeftOut(string model, string extra, string sampling, string choice)
    {
        var chat = Chat(extra);
        var tools = JsonSerializer.SerializeToElement(JsonNode.Parse("""[{"type":"function","function":{"name":"f"}}]"""));
        var body = AnthropicBody.Of(model, chat with { Settings = chat.Settings with { Temperature = 0.5, TopP = 0.95, TopK = 3, Tools = tools, ToolChoice = JsonSerializer.SerializeToElement("required") } });
        var told = new JsonObject(body.Where(member => member.Key is "temperature" or "top_p" or "top_k").Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        Assert.Equal((sampling, choice), (told.ToJsonString(), (string?)body["tool_choice"]!["type"]));
    }

    // LiteLLM #14194 and its like: a client that does not bring thoughts back is refused in the middle of its calls.
    [Theory]
    [InlineData(Sonnet45, false, null)]
    [InlineData(Sonnet45, true, "enabled")]
    [InlineData(Sonnet46, false, "adaptive")]
    public void Thinking_InATurnThatBeganWithoutThoughts_WaitsForTheNext(string model, bool hasThoughts, string? type)
    {
        var chat = Chat("\"reasoning_effort\":\"low\"");
        var kept = new Dictionary<string, JsonElement> { ["thinking_blocks"] = JsonSerializer.SerializeToElement(JsonNode.Parse("""[{"type":"thinking","thinking":"Hm","signature":"s"}]""")) };
        List<ChatMessage> messages = [.. chat.Messages!, new ChatMessage("assistant", null!) { ToolCalls = [new ToolCall("t", "function", new ToolFunction("f", "{}"))], Kept = hasThoughts ? kept : null }, new ChatMessage("tool", "1") { ToolCallId = "t" }];
        Assert.Equal(type, (string?)AnthropicBody.Of(model, chat with { Messages = messages })["thinking"]?["type"]);
    }

    [Theory]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "medium", """{"thinking":{"type":"enabled","budget_tokens":8192}}""", 12288)]
    [InlineData("anthropic.claude-opus-4-5-20251101-v1:0", "low", """{"thinking":{"type":"enabled","budget_tokens":1024}}""", 5120)]
    [InlineData("anthropic.claude-opus-4-6-v1", "high", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}""", 28672)]
    [InlineData("anthropic.claude-opus-4-8", "none", null, null)]
    public void Bedrock_Effort_IsTheThinkingThatTheModelTakes(string model, string effort, string? fields, int? maxTokens)
    {
        var body = BedrockBody.Of(model, Chat($"\"reasoning_effort\":\"{effort}\""));
        Assert.Equal((fields, maxTokens), (body["additionalModelRequestFields"]?.ToJsonString(), (int?)body["inferenceConfig"]?["maxTokens"]));
    }

    // Four a request: of more the last are kept.
    [Fact]
    public void CacheMarks_BeyondFour_AreTheLastFour()
    {
        var mark = JsonSerializer.SerializeToElement(JsonNode.Parse("""{"type":"ephemeral"}"""));
        ContentPart Marked(string text) => new(text) { CacheControl = mark };
        var tools = JsonSerializer.SerializeToElement(JsonNode.Parse("""[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]"""));
        var chat = new Generation
        {
            Messages =
            [
                new ChatMessage("system", "S") { Parts = [Marked("S")] }, new ChatMessage("user", "A") { Parts = [Marked("A")] },
                new ChatMessage("assistant", null!) { ToolCalls = [new ToolCall("t", "function", new ToolFunction("f", "{}"))] }, new ChatMessage("tool", "1") { ToolCallId = "t", Parts = [Marked("1")] },
                new ChatMessage("user", "B") { Parts = [Marked("B"), Marked("C")] },
            ],
            Settings = new GenerationSettings { Tools = tools },
        };
        var anthropic = AnthropicBody.Of(Sonnet45, chat);
        Assert.Equal(4, Count(anthropic, "cache_control"));
        Assert.Equal((0, 0), (Count(anthropic["tools"]!, "cache_control"), Count(anthropic["system"]!, "cache_control")));
        var bedrock = BedrockBody.Of("anthropic.claude-sonnet-4-5", chat);
        Assert.Equal(4, Count(bedrock, "cachePoint"));
        Assert.Equal((0, 0), (Count(bedrock["toolConfig"]!, "cachePoint"), Count(bedrock["system"]!, "cachePoint")));
    }

    private static int Count(JsonNode body, string name) => body.ToJsonString().Split($"\"{name}\"").Length - 1;

    private static JsonObject Body(string model, string extra) => AnthropicBody.Of(model, Chat(extra));

    /// <param name="extra">Members of the request's JSON.</param>
    private static Generation Chat(string extra) => new()
    {
        Messages = [new ChatMessage("user", "Q")],
        Settings = new GenerationSettings { Extra = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>($"{{{extra}}}") },
        Streams = false,
    };
}
