using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

[Collection("stack")]
public sealed class StreamTests(StackFixture fixture)
{
    private readonly LocalStack _stack = fixture.Stack;

    [Fact]
    public async Task Stream_Asked_PushesTokensInOrderAndOneFinalFrame()
    {
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("signalr.mjs", _stack.Http.BaseAddress!.ToString().TrimEnd('/'), "gardening", "Why is my Fiddle Fig tree dropping its leaves?")).RootElement;
        Assert.Equal(202, seen.GetProperty("started").GetProperty("status").GetInt32());
        var id = seen.GetProperty("started").GetProperty("body").GetProperty("streamId").GetString();
        var messages = seen.GetProperty("messages").EnumerateArray().ToList();
        Assert.All(messages, m => Assert.Equal(id, m.GetProperty("streamId").GetString()));
        Assert.Equal(Enumerable.Range(0, messages.Count), messages.Select(m => m.GetProperty("seq").GetInt32()));
        Assert.All(messages[..^1], m => Assert.Equal("token", m.GetProperty("kind").GetString()));
        Assert.Contains("cold draught", string.Concat(messages[..^1].Select(m => m.GetProperty("text").GetString())), StringComparison.Ordinal);
        var done = messages[^1];
        Assert.Equal("done", done.GetProperty("kind").GetString());
        Assert.Equal("stop", done.GetProperty("finishReason").GetString());
        Assert.True(done.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        Assert.Contains(done.GetProperty("citations").EnumerateArray(), c => c.GetProperty("document").GetString() == "houseplants/fiddle-leaf-fig.md");
    }

    /// <summary>The answer ends while nobody hears it, and comes nonetheless, each message once.</summary>
    [Fact]
    public async Task Stream_LeftAndTakenUpOnAnotherConnection_HasNoGap()
    {
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("signalr.mjs", _stack.Http.BaseAddress!.ToString().TrimEnd('/'), "gardening", "Why is my Fiddle Fig tree dropping its leaves?", "resume")).RootElement;
        Assert.Equal(202, seen.GetProperty("resumed").GetProperty("status").GetInt32());
        Assert.True(seen.GetProperty("resumed").GetProperty("body").GetProperty("resumed").GetBoolean());
        var messages = seen.GetProperty("messages").EnumerateArray().OrderBy(m => m.GetProperty("seq").GetInt32()).ToList();
        Assert.Equal(Enumerable.Range(0, messages.Count), messages.Select(m => m.GetProperty("seq").GetInt32()));
        Assert.Equal(2, messages.Select(m => m.GetProperty("connectionId").GetString()).Distinct().Count());
        Assert.Contains("cold draught", string.Concat(messages[..^1].Select(m => m.GetProperty("text").GetString())), StringComparison.Ordinal);
        Assert.Equal("done", messages[^1].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Stream_Cancelled_Ends()
    {
        var seen = JsonDocument.Parse(await NodeScript.RunAsync("signalr.mjs", _stack.Http.BaseAddress!.ToString().TrimEnd('/'), "gardening", "What causes blossom end rot?", "cancel")).RootElement;
        Assert.InRange(seen.GetProperty("cancelled").GetInt32(), 200, 204);
        Assert.InRange(seen.GetProperty("messages").EnumerateArray().Count(m => m.GetProperty("kind").GetString() != "token"), 0, 1);
    }
}
