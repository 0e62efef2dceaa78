using System.Text;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Answers of Anthropic's, Bedrock's and Cohere's APIs as proxies and servers send them that speak these otherwise than their makers.</summary>
public sealed class VendorAnswerTests
{
    [Theory]
    [InlineData("""{"a":1}""", null, """{"a":1}""")]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("\"{\\\"a\\\":1}\"", null, """{"a":1}""")]
    [InlineData("{}", null, "{}")]
    public void Anthropic_InputThatComesWithItsCall_IsThatOfTheCallUnlessPiecesFollow(string input, string? piece, string arguments)
    {
        var events = Anthropic(
            """{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}""",
            $$$"""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{{{input}}}}}""",
            piece is null ? """{"type":"ping"}""" : $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{{{piece.Replace("\"", "\\\"", StringComparison.Ordinal)}}}"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"output_tokens":9}}""",
            """{"type":"message_stop"}""");
        Assert.Equal(arguments, string.Concat(events.OfType<AnswerToolCall>().Select(call => call.Arguments)));
        var end = Assert.IsType<AnswerCompleted>(events[^1]);
        Assert.Equal(("tool_calls", 5, 9), (end.FinishReason, end.Usage!.PromptTokens, end.Usage.CompletionTokens));
    }

    [Fact]
    public void Anthropic_CountsThatAreKnownAtTheEndOnly_AreTold()
    {
        var events = Anthropic(
            """{"type":"message_start","message":{"usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"A"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"x"}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"B"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":3}}""",
            """{"type":"message_delta","delta":{},"usage":{"output_tokens":0}}""",
            """{"type":"message_stop"}""");
        Assert.Equal("AB", Text(events));
        var end = Assert.IsType<AnswerCompleted>(events[^1]);
        Assert.Equal(("stop", 9, 2, 3), (end.FinishReason, end.Usage!.PromptTokens, end.Usage.CachedTokens, end.Usage.CompletionTokens));
    }

    [Fact]
    public void Anthropic_TwoCallsUnderOneNumber_AreTwo()
    {
        var events = Anthropic(
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"b","name":"g","input":{"b":2}}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"tool_use"}}""",
            """{"type":"message_stop"}""");
        Assert.Equal(["0 a f", "0   {\"a\":1}", "1 b g", "1   {\"b\":2}"], events.OfType<AnswerToolCall>().Select(call => $"{call.Call} {call.Id} {call.Name} {call.Arguments}".TrimEnd()));
    }

    // All blocks under one index, without their ends, and ids that are none or the same.
    [Theory]
    [InlineData("\"id\":\"t\",", "\"id\":\"u\",")]
    [InlineData("\"id\":\"t\",", "\"id\":\"t\",")]
    [InlineData("", "")]
    public void Anthropic_BlocksUnderOneIndex_AreCallsOfTheirOwn(string first, string second)
    {
        static string Begin(string id) => $$$$"""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use",{{{{id}}}}"name":"f","input":{}}}""";
        static string More(int value) => $$$$"""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":{{{{value}}}}}"}}""";
        var calls = Anthropic(Begin(first), More(1), Begin(second), More(2), """{"type":"message_delta","delta":{"stop_reason":"tool_use"}}""", """{"type":"message_stop"}""").OfType<AnswerToolCall>().ToList();
        Assert.Equal(["0 f", "0  {\"a\":1}", "1 f", "1  {\"a\":2}"], calls.Select(call => $"{call.Call} {call.Name} {call.Arguments}".TrimEnd()));
        Assert.Equal(2, calls.Where(call => call.Id is not null).Select(call => call.Id).Distinct().Count());
    }

    // Not every server of the API says that a block has ended.
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("{}", "{}")]
    public void Anthropic_BlocksWithoutTheirEnds_AreToldWhole(string input, string arguments)
    {
        var events = Anthropic(
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"H","signature":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}""",
            $$$"""{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{{{input}}}}}""",
            """{"type":"message_delta","delta":{"stop_reason":"tool_use"}}""",
            """{"type":"message_stop"}""");
        Assert.Contains(events.OfType<AnswerText>(), piece => piece.Extra?.GetRawText() == """{"thinking_blocks":[{"type":"thinking","thinking":"Hm","signature":"s"}]}""");
        Assert.Equal(arguments, string.Concat(events.OfType<AnswerToolCall>().Select(call => call.Arguments)));
    }

    [Theory]
    [InlineData("""{"a":1}""", "end_turn", """{"a":1}""")]
    [InlineData("{}", "tool_use", "{}")]
    [InlineData("{}", "max_tokens", "")]
    public void Bedrock_CallWithoutItsBlocksEnd_IsToldWholeUnlessCutOff(string input, string reason, string arguments)
    {
        var answer = new BedrockAnswer("m");
        var events = new[]
        {
            answer.Read("contentBlockStart", Encoding.UTF8.GetBytes($$$$"""{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f","input":{{{{input}}}}}}}""")),
            answer.Read("messageStop", Encoding.UTF8.GetBytes($$"""{"stopReason":"{{reason}}"}""")),
        }.OfType<AnswerToolCall>().Concat(answer.Rest()).ToList();
        Assert.Equal(arguments, string.Concat(events.Select(call => call.Arguments)));
    }

    // What runs at the service itself has input in the same pieces, and is no call of the client's.
    [Fact]
    public void Anthropic_ToolOfTheServicesOwn_IsNoCall()
    {
        var events = Anthropic(
            """{"type":"message_start","message":{"usage":{"input_tokens":0}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"A"}}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":5,"output_tokens":9}}""",
            """{"type":"message_stop"}""");
        Assert.Empty(events.OfType<AnswerToolCall>());
        // A prompt of 0 tokens is one that is not counted as yet.
        Assert.Null(events[0].Prompt);
        Assert.Equal(("stop", 5), (Assert.IsType<AnswerCompleted>(events[^1]).FinishReason, ((AnswerCompleted)events[^1]).Usage!.PromptTokens));
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("\"{\\\"a\\\":1}\"", """{"a":1}""")]
    [InlineData("{}", "{}")]
    [InlineData("null", "{}")]
    public void Whole_InputOfACall_IsItsArguments(string input, string arguments)
    {
        var document = $$$"""{"type":"message","content":[{"type":"text","text":"A","citations":[{"type":"page_location"}]},{"type":"tool_use","id":"a","name":"f","input":{{{input}}}}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}""";
        Check([.. new AnthropicAnswer("m").ReadWhole(Encoding.UTF8.GetBytes(document))]);
        document = $$$"""{"output":{"message":{"content":[{"citationsContent":{"content":[{"text":"A"}],"citations":[{"title":"x"}]}},{"toolUse":{"toolUseId":"a","name":"f","input":{{{input}}}}}]}},"stopReason":"end_turn"}""";
        Check([.. new BedrockAnswer("m").ReadWhole(Encoding.UTF8.GetBytes(document))]);
        document = $$$"""{"finish_reason":"COMPLETE","message":{"content":"A","tool_calls":[{"id":"a","function":{"name":"f","arguments":{{{input}}}}}]}}""";
        Check([.. new CohereAnswer("m").ReadWhole(Encoding.UTF8.GetBytes(document))]);

        void Check(IReadOnlyList<AnswerEvent> events)
        {
            Assert.Equal("A", Text(events));
            Assert.Equal(arguments, string.Concat(events.OfType<AnswerToolCall>().Select(call => call.Arguments)));
            Assert.Equal("tool_calls", Assert.IsType<AnswerCompleted>(events[^1]).FinishReason);
        }
    }

    [Fact]
    public void Cohere_TextThatComesWithItsBeginning_IsTold()
    {
        var answer = new CohereAnswer("m");
        var events = new[]
        {
            """{"type":"message-start","id":"1"}""",
            """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":"A"}}}}""",
            """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"B"}}}}""",
            """{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":1,"text":"A"}}}}""",
            """{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1,"output_tokens":2}}}}""",
        }.Select(data => answer.Read(Encoding.UTF8.GetBytes(data))).OfType<AnswerEvent>().ToList();
        Assert.Equal("AB", Text(events));
        Assert.Equal("stop", Assert.IsType<AnswerCompleted>(events[^1]).FinishReason);
    }

    private static List<AnswerEvent> Anthropic(params string[] data)
    {
        var answer = new AnthropicAnswer("m");
        return [.. data.SelectMany(item => answer.Read(Encoding.UTF8.GetBytes(item)).ToList())];
    }

    private static string Text(IEnumerable<AnswerEvent> events) => string.Concat(events.OfType<AnswerText>().Select(text => text.Text));
}
