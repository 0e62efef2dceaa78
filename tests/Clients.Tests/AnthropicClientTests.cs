using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Serverless.Clients.Tests;

/// <summary>Anthropic's client for .NET, over a model that is none of Anthropic's.</summary>
[Collection("clients")]
public sealed class AnthropicClientTests(ClientsFixture fixture)
{
    [Fact]
    public async Task Message_HasTextReasonAndUsage()
    {
        var message = await Client().Messages.Create(Ask("chat"));
        Assert.True(Assert.Single(message.Content).TryPickText(out var text));
        Assert.Equal((ScriptedModel.Said, "end_turn", 16L, 4L, 9L), (text!.Text, message.StopReason!.Raw(), message.Usage.InputTokens, message.Usage.CacheReadInputTokens, message.Usage.OutputTokens));
    }

    [Fact]
    public async Task Stream_HasItsPieces()
    {
        var (text, ends) = ("", 0);
        await foreach (var update in Client().Messages.CreateStreaming(Ask("chat")))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece)) text += piece.Text;
            if (update.TryPickStop(out _)) ends++;
        }

        Assert.Equal((ScriptedModel.Said, 1), (text, ends));
    }

    [Fact]
    public async Task Models_AreRoutes()
    {
        var page = await Client().Models.List(new() { Limit = 2 });
        Assert.Equal(["chat", "embed"], page.Items.Select(model => model.ID));
        Assert.Equal("thinking", (await Client().Models.Retrieve("thinking")).DisplayName);
        var all = new List<string>();
        await foreach (var model in page.Paginate()) all.Add(model.ID);
        Assert.Equal(["chat", "embed", "endless", "limited", "spent", "thinking"], all);
    }

    [Fact]
    public async Task Errors_AreItsExceptions()
    {
        var unknown = await Assert.ThrowsAsync<AnthropicNotFoundException>(() => Client().Messages.Create(Ask("nobody")));
        Assert.Contains("'nobody' is not present", unknown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() => Client("sk-ant-no-key-of-ours").Messages.Create(Ask("chat")));
        await Assert.ThrowsAsync<AnthropicRateLimitException>(() => Client().Messages.Create(Ask(ScriptedModel.Limited)));
        var invalid = await Assert.ThrowsAsync<AnthropicBadRequestException>(() => Client().Messages.Create(Ask("chat") with { MaxTokens = 0 }));
        Assert.Contains("'max_tokens' must be", invalid.Message, StringComparison.Ordinal);
    }

    /// <summary>It asks whether to try again, and is told that there is no use.</summary>
    [Fact]
    public async Task ALimitOfAMonth_IsToldAtOnce()
    {
        var before = fixture.Host.Provider.Requests.Count;
        await Assert.ThrowsAsync<AnthropicRateLimitException>(() => Client(retries: 2).Messages.Create(Ask(ClientsFixture.Spent)).WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(before, fixture.Host.Provider.Requests.Count);
    }

    private static MessageCreateParams Ask(string route) => new() { Model = route, MaxTokens = 100, Messages = [new UserMessageParam("How warm is it?")] };

    private AnthropicClient Client(string? key = null, int retries = 0) => new(new ClientOptions { ApiKey = key ?? fixture.Key, BaseUrl = fixture.Address.AbsoluteUri.TrimEnd('/'), MaxRetries = retries });
}
