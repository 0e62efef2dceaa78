using System.Text.Json;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>OpenAI's responses against a provider that has tools, refusals and log probabilities: the events in their order, and refusals by the caller's own names.</summary>
[Collection("gateway")]
public sealed class ResponsesTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";

    // LiteLLM #36356, #21331: done of an item comes before the next is added, whatever the order in which pieces come.
    [Fact]
    public async Task Stream_OfTextAndInterleavedCalls_IsItemAfterItem()
    {
        await using var vendor = await StartAsync();
        vendor.Streams(Path, Chunks(
            """{"content":"Let me"}""",
            """{"content":" look."}""",
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}""",
            """{"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":"1}"}}]}""",
            """{"content":"Done."}""") + End("tool_calls"));
        var events = Events(await AskAsync(vendor, "\"x\"", ""","stream":true"""));
        Assert.Equal(
            [
                "created", "in_progress",
                "output_item.added 0", "content_part.added 0", "output_text.delta 0", "output_text.delta 0", "output_text.done 0", "content_part.done 0", "output_item.done 0",
                "output_item.added 1", "function_call_arguments.delta 1", "function_call_arguments.delta 1", "function_call_arguments.done 1", "output_item.done 1",
                "output_item.added 2", "function_call_arguments.delta 2", "function_call_arguments.done 2", "output_item.done 2",
                "output_item.added 3", "content_part.added 3", "output_text.delta 3", "output_text.done 3", "content_part.done 3", "output_item.done 3",
                "completed",
            ],
            events.Select(e => $"{e.GetProperty("type").GetString()!["response.".Length..]}{(e.TryGetProperty("output_index", out var at) ? $" {at}" : "")}"));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));

        // What the end says is what the items said.
        var done = events.Where(e => e.GetProperty("type").GetString() == "response.output_item.done").Select(e => e.GetProperty("item").GetRawText());
        var output = events[^1].GetProperty("response").GetProperty("output").EnumerateArray().Select(item => item.GetRawText()).ToList();
        Assert.Equal(output, done);
        Assert.Contains("\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\",\"status\":\"completed\"", output[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instructions_ThatAreEmpty_AreNone()
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        Assert.Equal(200, (await AskAsync(vendor, "\"Q\"", ""","instructions":"" """)).Status);
        Assert.Equal("""{"model":"m-1","messages":[{"role":"user","content":"Q"}]}""", vendor.Sent.Body);
    }

    [Fact]
    public async Task Answer_RefusedWithLogprobsAndThoughts_HasThemWholeAndStreamed()
    {
        await using var vendor = await StartAsync();
        const string Logprobs = """{"content":[{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[]}]}""";
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":"A","refusal":"No."},"logprobs":{{Logprobs}},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":7} } }""");
        var whole = await AskAsync(vendor, "\"x\"", ""","include":["message.output_text.logprobs"],"top_logprobs":1,"text":{"verbosity":"low"}""");
        Assert.True(whole.Status == 200, whole.Body);
        const string Parts = """[{"type":"output_text","text":"A","annotations":[],"logprobs":[{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[]}]},{"type":"refusal","refusal":"No."}]""";
        Assert.Equal(Parts, whole.Json.GetProperty("output")[0].GetProperty("content").GetRawText());
        Assert.Equal(7, whole.Json.GetProperty("usage").GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal((true, 1, "low"), (vendor.Sent.Json.GetProperty("logprobs").GetBoolean(), vendor.Sent.Json.GetProperty("top_logprobs").GetInt32(), vendor.Sent.Json.GetProperty("verbosity").GetString()));

        vendor.Streams(Path, $$"""data: {"choices":[{"index":0,"delta":{"content":"A"},"logprobs":{{Logprobs}}}]}""" + "\n\n" + Chunks("""{"refusal":"N"}""", """{"refusal":"o."}""") + End("stop"));
        var events = Events(await AskAsync(vendor, "\"x\"", ""","stream":true,"top_logprobs":1"""));
        Assert.Equal(
            ["output_text.delta 0", "output_text.done 0", "refusal.delta 1", "refusal.delta 1", "refusal.done 1"],
            events.Where(e => e.TryGetProperty("content_index", out _) && !e.TryGetProperty("part", out _)).Select(e => $"{e.GetProperty("type").GetString()!["response.".Length..]} {e.GetProperty("content_index")}"));
        Assert.Equal(Parts, events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content").GetRawText());
    }

    // OpenAI's own clients, LangChain and the AI SDK read a model's thoughts as a reasoning item's summary, where they ask for one.
    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public async Task Thoughts_AskedFor_AreTheSummaryOfAnItemBeforeTheAnswer(string name)
    {
        await using var vendor = await StartAsync();
        const string Asked = ""","reasoning":{"summary":"auto"}""";
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":"A","{{name}}":"Hm so"},"finish_reason":"stop"}]}""");
        var whole = (await AskAsync(vendor, "\"x\"", Asked)).Json.GetProperty("output");
        Assert.Equal(["reasoning", "message"], whole.EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        const string Summary = """[{"type":"summary_text","text":"Hm so"}]""";
        Assert.Equal(Summary, whole[0].GetProperty("summary").GetRawText());
        Assert.Equal("message", (await AskAsync(vendor, "\"x\"")).Json.GetProperty("output")[0].GetProperty("type").GetString());

        vendor.Streams(Path, Chunks($$"""{"{{name}}":"Hm"}""", $$"""{"{{name}}":" so"}""", """{"content":"A"}""") + End("stop"));
        var events = Events(await AskAsync(vendor, "\"x\"", Asked + ""","stream":true"""));
        Assert.Equal(
            [
                "created", "in_progress",
                "output_item.added 0", "reasoning_summary_part.added 0", "reasoning_summary_text.delta 0", "reasoning_summary_text.delta 0", "reasoning_summary_text.done 0", "reasoning_summary_part.done 0", "output_item.done 0",
                "output_item.added 1", "content_part.added 1", "output_text.delta 1", "output_text.done 1", "content_part.done 1", "output_item.done 1",
                "completed",
            ],
            events.Select(e => $"{e.GetProperty("type").GetString()!["response.".Length..]}{(e.TryGetProperty("output_index", out var at) ? $" {at}" : "")}"));
        Assert.Equal(Summary, events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("summary").GetRawText());
    }

    [Fact]
    public async Task Thoughts_CutOffBeforeAnAnswer_ComeWithAMessageOfNothing()
    {
        await using var vendor = await StartAsync();
        const string Asked = ""","reasoning":{"summary":"auto"}""";
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":null,"reasoning":"Hm"},"finish_reason":"length"}]}""");
        var whole = (await AskAsync(vendor, "\"x\"", Asked)).Json.GetProperty("output");
        vendor.Streams(Path, Chunks("""{"reasoning":"Hm"}""") + End("length"));
        var streamed = Events(await AskAsync(vendor, "\"x\"", Asked + ""","stream":true"""))[^1].GetProperty("response").GetProperty("output");
        foreach (var output in (JsonElement[])[whole, streamed])
        {
            Assert.Equal([("reasoning", "completed"), ("message", "incomplete")], output.EnumerateArray().Select(item => (item.GetProperty("type").GetString()!, item.GetProperty("status").GetString()!)));
        }
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public async Task Answer_CutOff_IsIncompleteAndSoIsItsLastItem(string finish, string why)
    {
        await using var vendor = await StartAsync();
        vendor.Streams(Path, Chunks("""{"content":"A"}""", """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}""") + End(finish));
        var response = Events(await AskAsync(vendor, "\"x\"", ""","stream":true"""))[^1].GetProperty("response");
        Assert.Equal(("incomplete", why), (response.GetProperty("status").GetString(), response.GetProperty("incomplete_details").GetProperty("reason").GetString()));
        Assert.Equal(["completed", "incomplete"], response.GetProperty("output").EnumerateArray().Select(item => item.GetProperty("status").GetString()));

        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"{{finish}}"}]}""");
        Assert.Equal("incomplete", (await AskAsync(vendor, "\"x\"")).Json.GetProperty("output")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task Turn_OfTextAndCalls_IsOneMessage()
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await AskAsync(vendor, """[{"role":"user","content":"Q"},{"type":"reasoning","summary":[]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Let me look."}]},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"g","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"1"},{"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"2"}]}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """[{"role":"user","content":"Q"},{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","content":"1","tool_call_id":"a"},{"role":"tool","content":"2","tool_call_id":"b"}]""",
            vendor.Sent.Json.GetProperty("messages").GetRawText());
    }

    // mlx-openai-server #268, cc-switch #3047: Codex puts what the model says, or what its user adds, between a call and its result, and services of chats refuse a call that no result follows.
    [Theory]
    [InlineData("""[{"role":"user","content":"Q"},CALL a,{"role":"assistant","content":"T"},RESULT a]""", "user assistant[a] tool[a] assistant")]
    [InlineData("""[{"role":"user","content":"Q"},CALL a,{"role":"user","content":"T"},RESULT a]""", "user assistant[a] tool[a] user")]
    [InlineData("""[{"role":"user","content":"Q"},CALL a,CALL b,{"role":"user","content":"T"},RESULT b,RESULT a]""", "user assistant[a b] tool[b] tool[a] user")]
    [InlineData("""[{"role":"user","content":"Q"},CALL a,{"role":"assistant","content":"T"},CALL b,RESULT a,RESULT b]""", "user assistant[a] tool[a] assistant[b] tool[b]")]
    [InlineData("""[{"role":"user","content":"Q"},CALL a,RESULT a,{"type":"reasoning","summary":[]},CALL a,RESULT a]""", "user assistant[a] tool[a] assistant[a] tool[a]")]
    public async Task Result_ThatComesLate_StandsBehindItsCall(string input, string roles)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        foreach (var id in (string[])["a", "b"])
        {
            input = input.Replace($"CALL {id}", $$"""{"type":"function_call","call_id":"{{id}}","name":"f","arguments":"{}"}""", StringComparison.Ordinal)
                .Replace($"RESULT {id}", $$"""{"type":"function_call_output","call_id":"{{id}}","output":"1"}""", StringComparison.Ordinal);
        }

        var answer = await AskAsync(vendor, input);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(roles, string.Join(' ', vendor.Sent.Json.GetProperty("messages").EnumerateArray().Select(Told)));

        static string Told(JsonElement message)
        {
            var role = message.GetProperty("role").GetString();
            if (message.TryGetProperty("tool_call_id", out var id)) return $"{role}[{id}]";
            return message.TryGetProperty("tool_calls", out var calls) ? $"{role}[{string.Join(' ', calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()))}]" : role!;
        }
    }

    [Fact]
    public async Task Refusal_BehindALateResult_NamesItsOwnItem()
    {
        await using var vendor = await StartAsync();
        const string Input = """[{"role":"user","content":"Q"},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"role":"user","content":[{"type":"input_video"}]},{"type":"function_call_output","call_id":"a","output":"1"}]""";
        Assert.Equal("input[2].content[0].type", (await AskAsync(vendor, Input)).Param);
    }

    [Theory]
    [InlineData("\"x\"", ""","max_output_tokens":0""", "max_output_tokens")]
    [InlineData("\"x\"", ""","text":{"format":{"type":"json_schema","name":"n"}}""", "text.format.schema")]
    [InlineData("\"x\"", ""","text":{"format":{"type":"banana"}}""", "text.format.type")]
    [InlineData("\"x\"", ""","tools":[{"type":"function"}]""", "tools[0].name")]
    [InlineData("\" \"", "", "input")]
    [InlineData("""[{"role":"user","content":"a"},{"type":"reasoning"},{"role":"user","content":""}]""", "", "input[2].content")]
    [InlineData("""[{"role":"banana","content":"a"}]""", ""","instructions":"S" """, "input[0].role")]
    [InlineData("""[{"role":"user","content":[{"type":"input_video"}]}]""", ""","instructions":"S" """, "input[0].content[0].type")]
    public async Task Refusal_OfAField_NamesItAsTheCallerDoes(string input, string rest, string param)
    {
        await using var vendor = await StartAsync();
        foreach (var stream in (string[])["", ""","stream":true"""])
        {
            var answer = await AskAsync(vendor, input, rest + stream);
            Assert.Equal((400, param), (answer.Status, answer.Param));
            Assert.Contains($"'{param}'", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Fact]
    public async Task Refusal_ByTheProvidersAbilities_NamesTheFieldAsTheCallerDoes()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        Assert.Equal("reasoning.effort", (await AskAsync(vendor, "\"x\"", ""","reasoning":{"effort":"low"}""")).Param);
        Assert.Equal("text.verbosity", (await AskAsync(vendor, "\"x\"", ""","text":{"verbosity":"low"},"stream":true""")).Param);
    }

    private static Task<GatewayHost.Answer> AskAsync(VendorHost vendor, string input, string rest = "") => vendor.Host.PostAsync("/v1/responses", $$"""{"model":"r","input":{{input}}{{rest}}}""");

    private static string Chunks(params string[] deltas) => string.Concat(deltas.Select(delta => $$"""data: {"choices":[{"index":0,"delta":{{delta}},"finish_reason":null}]}""" + "\n\n"));

    private static string End(string reason) => $$"""data: {"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""" + "\n\ndata: [DONE]\n\n";

    private static List<JsonElement> Events(GatewayHost.Answer answer) =>
        [.. answer.Body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)];

    private Task<VendorHost> StartAsync() => VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
}
