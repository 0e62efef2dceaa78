using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

[Collection("gateway")]
public sealed class FittedCallIdsTests(AzuriteFixture azurite)
{
    private static readonly CallIdRule[] Rules = [CallIdRule.OpenAi, CallIdRule.Mistral, CallIdRule.Vendor];

    /// <summary>Every id is one that is taken, no two calls have one, and each result has that of its call.</summary>
    [Fact]
    public void Of_AnyChat_HasIdsThatAreTakenOnceEachAndMeet()
    {
        var ids = Gen.Elements("call_0", "call_1", "", "functions.bash:0", "abcDEF123", new string('x', 41), new string('y', 300), "toolu_01", "ü");
        var turns = Gen.ListOf(Gen.ListOf(ids, 2), 4).ToArbitrary();
        Prop.ForAll(turns, Gen.Elements(Rules).ToArbitrary(), (chat, rule) =>
        {
            var messages = chat.SelectMany(turn => (ChatMessage[])[Calls([.. turn]), .. turn.Select(Result)]).ToList();
            var fitted = FittedCallIds.Of(messages, rule);
            var calls = fitted.SelectMany(message => message.ToolCalls ?? []).Select(call => call.Id).ToList();
            Assert.All(calls, id => Assert.True(rule.Takes(id), id));
            Assert.Equal(calls.Count, calls.Distinct().Count());
            Assert.Equal(calls, fitted.Where(message => message.Role == "tool").Select(message => message.ToolCallId));
            Assert.Equal(messages.Select(message => message.Role), fitted.Select(message => message.Role));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Of_ChatWhoseIdsAreTaken_IsTheSame()
    {
        IReadOnlyList<ChatMessage> messages = [Calls("call_1", "call_2"), Result("call_2"), Result("call_1")];
        Assert.Same(messages, FittedCallIds.Of(messages, CallIdRule.OpenAi));
        Assert.NotSame(messages, FittedCallIds.Of(messages, CallIdRule.Mistral));
        Assert.Equal(["call_1", "call_2"], FittedCallIds.Of([.. messages, Calls("call_1"), Result("call_1")], CallIdRule.OpenAi)[0].ToolCalls!.Select(call => call.Id));
    }

    /// <summary>A service that numbers each turn's calls anew, or says the same of two: clients tell calls apart by their ids.</summary>
    [Fact]
    public async Task Call_WhoseIdHasBeen_IsToldUnderAnother()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        vendor.Answers("/v1/chat/completions", """{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"call_0","function":{"name":"f","arguments":"{}"}},{"id":"call_1","function":{"name":"f","arguments":"{}"}},{"id":"call_1","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}""");
        var answer = await vendor.ChatAsync("", """[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"call_0","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_0","content":"r"}]""");
        Assert.True(answer.Status == 200, answer.Body);
        var told = answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("id").GetString()!).ToList();
        Assert.Equal(3, told.Distinct().Count());
        Assert.DoesNotContain("call_0", told);
        Assert.Contains("call_1", told);
    }

    private static ChatMessage Calls(params string[] ids) => new("assistant", null!) { ToolCalls = [.. ids.Select(id => new ToolCall(id, "function", new ToolFunction("f", "{}")))] };

    private static ChatMessage Result(string id) => new("tool", "r") { ToolCallId = id };
}
