using System.Text.Json;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Providers;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>
/// Tools in namespaces (CommandCodeAI/command-code #885, openai/codex #32318): Codex offers those of its sub-agents and of MCP servers so, in every request, and takes a call whose namespace is
/// lost for one of a tool that it has not.
/// </summary>
[Collection("gateway")]
public sealed class ResponseNamespacesTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";

    private const string Tools =
        """[{"type":"function","name":"shell"},{"type":"namespace","name":"agents","description":"Of sub-agents.","tools":[{"type":"function","name":"close","description":"Closes one.","strict":false,"parameters":{"type":"object","properties":{}}},{"type":"function","name":"shell","defer_loading":true}]}]""";

    [Fact]
    public async Task Tools_OfANamespace_AreToldByNamesOfTheirOwnAndCalledByBoth()
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"agents__shell","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"shell","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""");
        var answer = await AskAsync(vendor, "\"Q\"", Tools);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """[{"type":"function","function":{"name":"shell"}},{"type":"function","function":{"name":"agents__close","description":"agents: Of sub-agents.\n\nCloses one.","parameters":{"type":"object","properties":{}},"strict":false}},{"type":"function","function":{"name":"agents__shell"}}]""",
            vendor.Sent.Json.GetProperty("tools").GetRawText());
        Assert.Equal([("agents", "shell"), (null, "shell")], Calls(answer.Json.GetProperty("output")));
        Assert.Equal("namespace", answer.Json.GetProperty("tools")[1].GetProperty("type").GetString());
    }

    [Fact]
    public async Task Call_OfANamespace_Streamed_HasItFromItsFirstEvent()
    {
        await using var vendor = await StartAsync();
        vendor.Streams(Path, """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"agents__close","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""" + "\n\ndata: [DONE]\n\n");
        var answer = await AskAsync(vendor, "\"Q\"", Tools, ""","stream":true""");
        var events = answer.Body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement).ToList();
        var items = events.Where(e => e.TryGetProperty("item", out _)).Select(e => e.GetProperty("item")).ToList();
        Assert.Equal(2, items.Count);
        Assert.All(items, item => Assert.Equal(("agents", "close"), (item.GetProperty("namespace").GetString(), item.GetProperty("name").GetString())));
        Assert.Equal("close", events.Single(e => e.GetProperty("type").GetString() == "response.function_call_arguments.done").GetProperty("name").GetString());
        Assert.Equal([("agents", "close")], Calls(events[^1].GetProperty("response").GetProperty("output")));
    }

    [Theory]
    [InlineData(""","namespace":"agents" """, "agents__close")]
    [InlineData(""","namespace":"gone" """, "gone__close")]
    [InlineData(""","namespace":null""", "close")]
    [InlineData("", "close")]
    public async Task Call_InAHistory_IsToldAsItsToolIs(string space, string told)
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await AskAsync(vendor, $$"""[{"role":"user","content":"Q"},{"type":"function_call","call_id":"a","name":"close","arguments":"{}"{{space}}},{"type":"function_call_output","call_id":"a","output":"1"}]""", Tools);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(told, vendor.Sent.Json.GetProperty("messages")[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
    }

    /// <summary>Two tools are never told by one name, whatever they are called.</summary>
    [Fact]
    public async Task Tools_WhoseNamesWouldBeTheSame_AreToldApart()
    {
        await using var vendor = await StartAsync();
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"a__b__c_3","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""");
        var answer = await AskAsync(vendor, "\"Q\"", """[{"type":"namespace","name":"a","tools":[{"type":"function","name":"b__c"}]},{"type":"namespace","name":"a__b","tools":[{"type":"function","name":"c"}]},{"type":"function","name":"a__b__c"}]""");
        Assert.Equal(["a__b__c_2", "a__b__c_3", "a__b__c"], vendor.Sent.Json.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()));
        Assert.Equal([("a__b", "c")], Calls(answer.Json.GetProperty("output")));
    }

    [Theory]
    [InlineData("""[{"type":"namespace","name":"a","tools":[{"type":"function","name":"b"},{"type":"function"}]}]""", "tools[0].tools[1].name")]
    [InlineData("""[{"type":"namespace","name":"a","tools":[{"type":"web_search"}]}]""", "tools[0].tools[0].type")]
    [InlineData("""[{"type":"namespace","name":"a","tools":[{"type":"function","name":"b"},{"type":"function","name":"c"}]},{"type":"function"}]""", "tools[1].name")]
    [InlineData("""[{"type":"namespace","tools":[]}]""", "tools[0].name")]
    [InlineData("""[{"type":"namespace","name":"a"}]""", "tools[0].tools")]
    [InlineData("""[{"type":"namespace","name":"a","tools":[1]}]""", "tools[0].tools[0]")]
    [InlineData("""[{"type":"function","name":"f"},{"type":"web_search"}]""", "tools[1].type")]
    public async Task Refusal_OfAToolInANamespace_NamesItsPlace(string tools, string param)
    {
        await using var vendor = await StartAsync();
        var answer = await AskAsync(vendor, "\"Q\"", tools);
        Assert.Equal((400, param), (answer.Status, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    private static List<(string? Namespace, string? Name)> Calls(JsonElement output) =>
        [.. output.EnumerateArray().Select(item => (item.TryGetProperty("namespace", out var space) ? space.GetString() : null, item.GetProperty("name").GetString()))];

    private static Task<GatewayHost.Answer> AskAsync(VendorHost vendor, string input, string tools, string rest = "") =>
        vendor.Host.PostAsync("/v1/responses", $$"""{"model":"r","input":{{input}},"tools":{{tools}}{{rest}}}""");

    private Task<VendorHost> StartAsync() => VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
}
