using System.Diagnostics;
using Serverless.Samples.DotNetChat;

namespace Serverless.EndToEnd.Tests;

/// <summary>The sample in C#, with SignalR's own client for .NET.</summary>
[Collection("stack")]
public sealed class DotNetChatTests(StackFixture fixture)
{
    [Fact]
    public async Task Question_AskedOfARoute_PrintsItsAnswerAndWhatItRestsOn()
    {
        var (exit, output, errors) = await RunAsync("--route", "gardening", "Why is my Fiddle Fig tree dropping its leaves?");
        Assert.Equal((0, ""), (exit, errors));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("cold draught", lines[0], StringComparison.Ordinal);
        Assert.Contains("houseplants/fiddle-leaf-fig.md", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  [1] ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_OfTheGateway_IsPrintedInItsWords()
    {
        var (exit, output, errors) = await RunAsync("--route", "nowhere", "Anything?");
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("route_not_found", errors, StringComparison.Ordinal);
        var nothing = await RunAsync();
        Assert.Equal((2, "usage:"), (nothing.Exit, nothing.Errors.Split(' ')[0]));
    }

    [Fact]
    public async Task Connection_OfSeveralQuestions_KeepsTheirAnswersApart()
    {
        await using var connection = await GatewayConnection.OpenAsync(fixture.Stack.Http, _ => ValueTask.FromResult<string?>(null), default);
        async Task<string> AnswerAsync(string question)
        {
            var answer = "";
            await foreach (var message in connection.AskAsync("gardening", question, default)) answer += message.Text;
            return answer;
        }

        // One that nobody reads to its end is stopped, and troubles no other.
        await foreach (var _ in connection.AskAsync("gardening", "How often are orchids watered?", default)) break;
        var answers = await Task.WhenAll(AnswerAsync("Why is my Fiddle Fig tree dropping its leaves?"), AnswerAsync("What causes blossom end rot?"));
        Assert.Contains("cold draught", answers[0], StringComparison.Ordinal);
        Assert.Contains("uneven watering", answers[1], StringComparison.Ordinal);
    }

    /// <summary>The first connection breaks right behind its first token.</summary>
    [Fact]
    public async Task Connection_ThatIsLost_IsMadeAgainAndItsAnswerGoesOn()
    {
        using var relay = new BreakingRelay(breaksBehind: "\"token\"");
        using var http = new HttpClient(relay.Handler) { BaseAddress = fixture.Stack.Http.BaseAddress };
        await using var connection = await GatewayConnection.OpenAsync(http, _ => ValueTask.FromResult<string?>(null), default);
        var (answer, last) = ("", -1L);
        await foreach (var message in connection.AskAsync("gardening", "Why is my Fiddle Fig tree dropping its leaves?", default))
        {
            answer += message.Text;
            Assert.Equal(last + 1, message.Seq);
            last = message.Seq;
        }

        Assert.Equal(1, relay.Broken);
        Assert.Contains("cold draught", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 1 2 3")]
    [InlineData("3 2 1 0")]
    [InlineData("1 0 0 1 3 2 2")]
    [InlineData("3 0 3 1 2")]
    public async Task Messages_ThatOvertakeOneAnother_AreReadInOrderAndOnce(string order)
    {
        var messages = new OrderedMessages();
        foreach (var seq in order.Split(' ').Select(long.Parse)) messages.Add(new StreamMessage("s", seq, seq == 3 ? null : "text", null, null, null, null), isLast: seq == 3);
        var read = new List<long>();
        await foreach (var message in messages.ReadAllAsync(default)) read.Add(message.Seq);
        Assert.Equal([0, 1, 2, 3], read);
    }

    [Fact]
    public async Task Messages_WhoseConnectionIsLost_EndInWhyItIs()
    {
        var messages = new OrderedMessages();
        messages.Add(new StreamMessage("s", 0, "text", null, null, null, null), isLast: false);
        messages.Lose(new IOException("gone"));
        await using var reader = messages.ReadAllAsync(default).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(async () => await reader.MoveNextAsync())).Message);
    }

    private async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(LocalStack.RepositoryRoot, "samples", "dotnet-chat", "bin", LocalStack.Metadata("Configuration"), "net10.0", "Serverless.Samples.DotNetChat.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--gateway", fixture.Stack.Http.BaseAddress!.ToString(), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }
}
