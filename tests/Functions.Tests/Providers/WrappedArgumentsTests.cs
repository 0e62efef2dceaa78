using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Schemas that are no plain object's at their root: unions of zod, lists, references of generators. Anthropic and Bedrock refuse them for a tool's arguments.</summary>
[Collection("gateway")]
public sealed class WrappedArgumentsTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/messages";
    private const string Block = """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""";
    private const string Union = """{"anyOf":[{"$ref":"#/$defs/a"},{"type":"object","properties":{"b":{"$ref":"#/anyOf/0"},"again":{"$ref":"#"}}}],"$defs":{"a":{"type":"object","properties":{"$ref":{"type":"string"}}}}}""";
    private const string WrappedUnion = """{"type":"object","$defs":{"a":{"type":"object","properties":{"$ref":{"type":"string"}}}},"properties":{"value":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"object","properties":{"b":{"$ref":"#/properties/value/anyOf/0"},"again":{"$ref":"#/properties/value"}}}]}},"required":["value"],"additionalProperties":false}""";

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"anyOf":[{"type":"string"}]}}}""", null)]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", null)]
    [InlineData("{}", null)]
    [InlineData("""{"type":["object"]}""", """{"type":"object"}""")]
    [InlineData("""{"$ref":"#/$defs/a~1b","$schema":"s","description":"D","$defs":{"a/b":{"type":"object","description":"d","properties":{"x":{"$ref":"#/$defs/a~1b"}}}}}""", """{"type":"object","description":"d","properties":{"x":{"$ref":"#/$defs/a~1b"}},"$schema":"s","$defs":{"a/b":{"type":"object","description":"d","properties":{"x":{"$ref":"#/$defs/a~1b"}}}}}""")]
    [InlineData("""{"$ref":"#/$defs/l","$defs":{"l":{"$ref":"#/$defs/o"},"o":{"type":"object"}}}""", """{"type":"object","$defs":{"l":{"$ref":"#/$defs/o"},"o":{"type":"object"}}}""")]
    [InlineData("""{"$ref":"#/$defs/l","$defs":{"l":{"type":"array","items":{"$ref":"#/$defs/l"}}}}""", """{"type":"object","$defs":{"l":{"type":"array","items":{"$ref":"#/$defs/l"}}},"properties":{"value":{"type":"array","items":{"$ref":"#/$defs/l"}}},"required":["value"],"additionalProperties":false}""")]
    [InlineData("""{"type":"array","items":{"type":"string","enum":["#"],"default":{"$ref":"#"}}}""", """{"type":"object","properties":{"value":{"type":"array","items":{"type":"string","enum":["#"],"default":{"$ref":"#"}}}},"required":["value"],"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"enum":{"$ref":"#"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"type":"object","properties":{"value":{"type":"object","properties":{"enum":{"$ref":"#/properties/value"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}},"required":["value"],"additionalProperties":false}""")]
    [InlineData("""{"$ref":"#"}""", """{"type":"object","properties":{"value":{"$ref":"#/properties/value"}},"required":["value"],"additionalProperties":false}""")]
    [InlineData("""{"$ref":"https://example.org/schema"}""", """{"type":"object","properties":{"value":{"$ref":"https://example.org/schema"}},"required":["value"],"additionalProperties":false}""")]
    [InlineData(Union, WrappedUnion)]
    public void Schema_OfAnyRoot_IsAPlainObjects(string given, string? expected) =>
        Assert.Equal(expected, ObjectSchema.Of(JsonSerializer.Deserialize<JsonElement>(given))?.Schema.ToJsonString());

    [Theory]
    [InlineData("""{"type":"object","properties":{}}""", null)]
    [InlineData("""{"type":"object","description":"d"}""", """{"type":"object","description":"d","properties":{}}""")]
    [InlineData("{}", """{"type":"object","properties":{}}""")]
    [InlineData("""{"properties":{"a":{"type":"object"}}}""", """{"type":"object","properties":{"a":{"type":"object"}}}""")]
    [InlineData("""{"$ref":"#/$defs/o","$defs":{"o":{"type":"object"}}}""", """{"type":"object","$defs":{"o":{"type":"object"}},"properties":{}}""")]
    [InlineData("""{"type":"object","properties":{},"not":{"required":["a"]}}""", """{"type":"object","properties":{"value":{"type":"object","properties":{},"not":{"required":["a"]}}},"required":["value"],"additionalProperties":false}""")]
    public void Schema_ThatHasToBeComplete_SaysItsTypeAndItsProperties(string given, string? expected) =>
        Assert.Equal(expected, ObjectSchema.Of(JsonSerializer.Deserialize<JsonElement>(given), isComplete: true)?.Schema.ToJsonString());

    [Theory]
    [InlineData("""{"value":{"a":"}\"]"}}""", """{"a":"}\"]"}""")]
    [InlineData(""" { "value" : [1, [2]] , "more" : 3 } """, "[1, [2]]")]
    [InlineData("""{"other":{"value":1},"x":"value","n":1,"value":-1.5e3}""", "-1.5e3")]
    [InlineData("""{"v\u0061lue":null}""", "null")]
    [InlineData("""{"value":"a\\"}""", """
        "a\\"
        """)]
    [InlineData("""{"value":{"a":[1,""", """{"a":[1,""")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("{}", "{}")]
    [InlineData("[1]", "[1]")]
    public void Value_IsTakenOutHoweverItComes(string given, string expected)
    {
        for (var size = 1; size <= given.Length; size++)
        {
            var value = new WrappedValue();
            Assert.Equal(expected.Trim(), string.Concat(given.Chunk(size).Select(piece => value.Push(new string(piece)))) + value.End());
        }
    }

    [Fact]
    public void Value_OfAnyJson_ComesAsItWasWritten() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (texts, size) =>
        {
            var json = JsonSerializer.Serialize(texts.Select((text, i) => i % 2 == 0 ? (object)text.Get : new Dictionary<string, object> { [text.Get] = i, ["value"] = text.Get }));
            var value = new WrappedValue();
            var told = string.Concat($"{{\"first\":{json},\"value\":{json},\"last\":{json}}}".Chunk(size.Get % 9 + 1).Select(piece => value.Push(new string(piece)))) + value.End();
            return told == json;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "[1,2]")]
    [InlineData(Union, """{"b":{"$ref":"x"}}""")]
    [InlineData("""{"type":"string"}""", "\"A\"")]
    public async Task Answer_OfAnySchema_IsTheValueAlone(string schema, string value)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Answers(Path, """{"type":"message","content":[{"type":"tool_use","id":"t","name":"answer_in_json","input":{"value":VALUE}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":2}}""".Replace("VALUE", value, StringComparison.Ordinal));
        var choice = (await vendor.ChatAsync(Format(schema))).Json.GetProperty("choices")[0];
        Assert.Equal((value, "stop"), (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString()));
        var sent = vendor.Sent.Json.GetProperty("tools")[0].GetProperty("input_schema");
        Assert.Equal("object", sent.GetProperty("type").GetString());
        Assert.False(sent.TryGetProperty("anyOf", out _));
    }

    // Cohere's formats are objects' at the root; Gemini's may be lists and choices, but no references.
    [Theory]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", """{"type":"object","properties":{"value":{"type":"array","items":{"type":"integer"}}},"required":["value"],"additionalProperties":false}""", """{"value": [1, 2]}""", "[1, 2]")]
    [InlineData("""{"$ref":"#/$defs/o","$defs":{"o":{"type":"object"}}}""", """{"type":"object","$defs":{"o":{"type":"object"}}}""", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"type":"object"}""", """{"type":"object"}""", """{"value":1}""", """{"value":1}""")]
    [InlineData("""{"type":"string"}""", """{"type":"object","properties":{"value":{"type":"string"}},"required":["value"],"additionalProperties":false}""", "no JSON", "no JSON")]
    public async Task Format_OfAnySchemaAtCohere_IsAnObjectsAndToldAsTheCallers(string schema, string sent, string answered, string told)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        var pieces = answered.Chunk(3).Select(piece => """data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":PIECE}}}}""".Replace("PIECE", JsonSerializer.Serialize(new string(piece)), StringComparison.Ordinal) + "\n\n");
        vendor.Streams("/v2/chat", string.Concat(pieces) + """data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}""" + "\n\n");
        Assert.Equal(told, VendorHost.Read(await vendor.ChatAsync(Format(schema) + ""","stream":true""")).Text);
        Assert.Equal(sent, vendor.Sent.Json.GetProperty("response_format").GetProperty("json_schema").GetRawText());
    }

    [Theory]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", """{"type":"array","items":{"type":"integer"}}""")]
    [InlineData("""{"$ref":"#/definitions/o","definitions":{"o":{"type":"object"}}}""", """{"type":"object","definitions":{"o":{"type":"object"}}}""")]
    public async Task Format_OfAnySchemaAtGemini_HasNoReferenceAtItsRoot(string schema, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"text":"[1]"}]},"finishReason":"STOP"}]}""");
        Assert.Equal("[1]", (await vendor.ChatAsync(Format(schema))).Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(sent, vendor.Sent.Json.GetProperty("generationConfig").GetProperty("responseJsonSchema").GetRawText());
    }

    // "schema must have type 'object' and not have 'oneOf'/'anyOf'/... at the top level", "object schema missing properties" (langchainjs #9804, langchain-mcp-adapters #137).
    [Fact]
    public async Task Schemas_OfAnyRootAtOpenAis_AreObjectsAndToldAsTheCallers()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""");
        vendor.Streams("/openai/v1/chat/completions", """
            data: {"choices":[{"index":0,"delta":{"content":"{\"value\":"}}]}

            data: {"choices":[{"index":0,"delta":{"content":"[1, "}}]}

            data: {"choices":[{"index":0,"delta":{"content":"2]}","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"val"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ue\":[3]}"}}]},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """);
        var answer = await vendor.ChatAsync(Format("""{"type":"array"}""") + ""","stream":true,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"array"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}},{"type":"function","function":{"name":"h"}}]""");
        var (text, calls, finish, _) = VendorHost.Read(answer);
        Assert.Equal(("[1, 2]", "tool_calls"), (text, finish));
        Assert.Equal("""[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}][{"index":0,"function":{"arguments":"[3]"}}]""", calls);
        const string Wrapped = """{"type":"object","properties":{"value":{"type":"array"}},"required":["value"],"additionalProperties":false}""";
        Assert.Equal(Wrapped, vendor.Sent.Json.GetProperty("response_format").GetProperty("json_schema").GetProperty("schema").GetRawText());
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","parameters":WRAPPED}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}},{"type":"function","function":{"name":"h"}}]""".Replace("WRAPPED", Wrapped, StringComparison.Ordinal),
            vendor.Sent.Json.GetProperty("tools").GetRawText());
    }

    [Theory]
    [InlineData("https://api.openai.com/v1", """{"type":"object","properties":{}}""")]
    [InlineData("https://models.example/v1", """{"type":"object"}""")]
    public async Task Schemas_AtAServerOfOpenAisWire_AreCompleteAtOpenAiAlone(string address, string sent)
    {
        using var server = new RecordingHandler("""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var tools = JsonSerializer.Deserialize<JsonElement>("""[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]""");
        var generation = new Generation { Messages = [new ChatMessage("user", "Q")], Streams = false, Settings = new GenerationSettings { Tools = tools } };
        await foreach (var piece in new OpenAiProvider(new UpstreamHttp(server, TimeProvider.System)).GenerateAsync(new ProviderTarget(new Uri(address), "m", null), generation, default)) Assert.NotNull(piece);
        Assert.Equal(sent, JsonSerializer.Deserialize<JsonElement>(server.Body!).GetProperty("tools")[0].GetProperty("function").GetProperty("parameters").GetRawText());
    }

    // "The schema must describe an object": of functions there.
    [Fact]
    public async Task Arguments_OfAnySchemaAtGemini_AreAnObjectsAndToldAsTheCallers()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""");
        vendor.Answers("/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"value":[1,2]}}}]},"finishReason":"STOP"}]}""");
        var answer = await vendor.ChatAsync(
            ""","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"array"}}}]""",
            """[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[3]"}}]},{"role":"tool","tool_call_id":"a","content":"A"}]""");
        Assert.Equal("[1,2]", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("""{"type":"object","properties":{"value":{"type":"array"}},"required":["value"],"additionalProperties":false}""", vendor.Sent.Json.GetProperty("tools")[0].GetProperty("functionDeclarations")[0].GetProperty("parametersJsonSchema").GetRawText());
        Assert.Equal("""{"value":[3]}""", vendor.Sent.Json.GetProperty("contents")[1].GetProperty("parts")[0].GetProperty("functionCall").GetProperty("args").GetRawText());
    }

    [Fact]
    public async Task Answer_OfAStream_ComesPieceByPiece()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, Stream("answer_in_json", """{\"va""", """lue\": [1,""", """ 2]}"""));
        var (text, calls, finish, _) = VendorHost.Read(await vendor.ChatAsync(Format("""{"type":"array"}""") + ""","stream":true"""));
        Assert.Equal(("[1, 2]", "", "stop"), (text, calls, finish));
    }

    [Theory]
    [InlineData("anthropic", Block, Path, """{"type":"message","content":[{"type":"tool_use","id":"t","name":"f","input":{"value":{"b":1}}}],"stop_reason":"tool_use"}""")]
    [InlineData("bedrock", """{"aws_access_key_id":"a","aws_secret_access_key":"s","aws_region":"us-east-1","bedrock_api_base":"BASE"}""", "/model/m-1/converse", """{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"value":{"b":1}}}}]}},"stopReason":"tool_use"}""")]
    public async Task Call_OfATool_HasTheCallersArguments_AndThoseOfBeforeTheServices(string provider, string block, string path, string answers)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, answers);
        var answer = await vendor.Host.PostAsync("/v1/chat/completions", """{"model":"r","tools":[{"type":"function","function":{"name":"f","parameters":UNION}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"b\":2}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{\"c\":3}"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"1"}]}""".Replace("UNION", Union, StringComparison.Ordinal));
        Assert.True(answer.Status == 200, answer.Body);
        var call = answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal(("f", """{"b":1}"""), (call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString()));
        Assert.Contains("""{"value":{"b":2}}""", vendor.Sent.Body, StringComparison.Ordinal);
        Assert.Contains("""{"c":3}""", vendor.Sent.Body, StringComparison.Ordinal);
        Assert.Contains(WrappedUnion, vendor.Sent.Body.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_OfAStream_AreTakenOutEachByItself()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Block);
        vendor.Streams(Path, Stream("f", """{\"value\":{\"b\" """, """:1}}""", null, """{\"b\":""", """2}"""));
        var answer = await vendor.ChatAsync(""","stream":true,"tools":[{"type":"function","function":{"name":"f","parameters":UNION}}]""".Replace("UNION", Union, StringComparison.Ordinal));
        var (_, pieces, finish, _) = VendorHost.Read(answer);
        var calls = string.Concat(Regex.Matches(pieces, @"""(?:name|arguments)"":(""(?:[^""\\]|\\.)*"")").Select(match => JsonSerializer.Deserialize<string>(match.Groups[1].Value)));
        // The second is not as the model was told to write it: it is told as it came.
        Assert.Equal(("""f{"b" :1}f{"b":2}""", "tool_calls"), (calls, finish));
    }

    private static string Format(string schema) => ""","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":SCHEMA}}""".Replace("SCHEMA", schema, StringComparison.Ordinal);

    /// <param name="pieces">Of a call's arguments; null begins another call.</param>
    private static string Stream(string name, params string?[] pieces)
    {
        var events = new List<string> { """{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}""" };
        var index = -1;
        foreach (var piece in pieces.Prepend(null))
        {
            events.Add(piece is null
                ? $$$"""{"type":"content_block_start","index":{{{++index}}},"content_block":{"input":{},"type":"tool_use","id":"t{{{index}}}","name":"{{{name}}}"} }"""
                : $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"input_json_delta","partial_json":"{{{piece}}}"} }""");
        }

        events.Add("""{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}""");
        events.Add("""{"type":"message_stop"}""");
        return string.Concat(events.Select(text => $"data: {text}\n\n"));
    }
}
