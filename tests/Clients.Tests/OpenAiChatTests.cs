using System.ClientModel;
using System.Text;
using OpenAI.Chat;

namespace Serverless.Clients.Tests;

/// <summary>OpenAI's and Azure's clients for .NET, at the paths of each: chats.</summary>
[Collection("clients")]
public sealed class OpenAiChatTests(ClientsFixture fixture)
{
    private static readonly ChatTool Tool = ChatTool.CreateFunctionTool(Weather.Tool, "How warm it is.", BinaryData.FromString(Weather.ToolSchema), functionSchemaIsStrict: true);

    public static TheoryData<string> Kinds => [OpenAiClients.OpenAi, OpenAiClients.Azure, OpenAiClients.AzureV1];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Answer_HasTextUsageAndReason(string kind)
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 50, Temperature = 0, Seed = 3, EndUserId = "u", StopSequences = { "zzz" }, Metadata = { ["a"] = "b" } };
        ChatCompletion answer = await Chat(kind).CompleteChatAsync([ChatMessage.CreateSystemMessage("Be short."), ChatMessage.CreateUserMessage("How warm is it?")], options);
        Assert.Equal((ScriptedModel.Said, ChatFinishReason.Stop, "chat"), (answer.Content[0].Text, answer.FinishReason, answer.Model));
        Assert.Equal((20, 9, 4), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.InputTokenDetails.CachedTokenCount));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stream_HasItsPiecesAndTheUsage(string kind)
    {
        var text = new StringBuilder();
        var (pieces, reason, usage) = (0, (ChatFinishReason?)null, (ChatTokenUsage?)null);
        await foreach (var update in Chat(kind).CompleteChatStreamingAsync("How warm is it?"))
        {
            pieces += update.ContentUpdate.Count;
            foreach (var part in update.ContentUpdate) text.Append(part.Text);
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
        }

        Assert.Equal((ScriptedModel.Said, ChatFinishReason.Stop, 29), (text.ToString(), reason, usage?.TotalTokenCount));
        Assert.True(pieces > 5, $"{pieces} pieces");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tools_CalledTwiceInOneTurn_AreToldTheirResults(string kind)
    {
        var messages = new List<ChatMessage> { ChatMessage.CreateUserMessage("How warm is it?") };
        ChatCompletion asked = await Chat(kind).CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { Tool }, AllowParallelToolCalls = true });
        Assert.Equal(ChatFinishReason.ToolCalls, asked.FinishReason);
        Assert.Equal([("weather", """{"city":"Oslo"}"""), ("weather", """{"city":"Rome"}""")], asked.ToolCalls.Select(call => (call.FunctionName, call.FunctionArguments.ToString())));
        messages.Add(ChatMessage.CreateAssistantMessage(asked));
        messages.AddRange(asked.ToolCalls.Select(call => ChatMessage.CreateToolMessage(call.Id, "7 degrees")));
        ChatCompletion told = await Chat(kind).CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { Tool } });
        Assert.Equal((ScriptedModel.Said, ChatFinishReason.Stop), (told.Content[0].Text, told.FinishReason));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tools_Streamed_ComePieceByPiece(string kind)
    {
        var (names, arguments) = (new SortedDictionary<int, string>(), new SortedDictionary<int, string>());
        await foreach (var update in Chat(kind).CompleteChatStreamingAsync([ChatMessage.CreateUserMessage("How warm is it?")], new ChatCompletionOptions { Tools = { Tool }, ToolChoice = ChatToolChoice.CreateRequiredChoice() }))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                names.TryAdd(call.Index, call.FunctionName);
                arguments[call.Index] = arguments.GetValueOrDefault(call.Index) + call.FunctionArgumentsUpdate;
            }
        }

        Assert.Equal(["weather", "weather"], names.Values);
        Assert.Equal(["""{"city":"Oslo"}""", """{"city":"Rome"}"""], arguments.Values);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SchemasAndPictures_ReachTheModel(string kind)
    {
        var options = new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("weather", BinaryData.FromString(Weather.Schema), jsonSchemaIsStrict: true) };
        ChatCompletion structured = await Chat(kind).CompleteChatAsync([ChatMessage.CreateUserMessage("How warm is it?")], options);
        Assert.Equal(ScriptedModel.Json, structured.Content[0].Text);
        var parts = new[] { ChatMessageContentPart.CreateTextPart("What is it?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Weather.Picture), "image/png", ChatImageDetailLevel.Low) };
        ChatCompletion seen = await Chat(kind).CompleteChatAsync(ChatMessage.CreateUserMessage(parts));
        Assert.Equal(ScriptedModel.SeesAPicture, seen.Content[0].Text);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Errors_AreTold(string kind)
    {
        var unknown = await RefusedAsync(Chat(kind, "nobody").CompleteChatAsync("Hi"));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("route_not_found", unknown.Message, StringComparison.Ordinal);
        var invalid = await RefusedAsync(Chat(kind).CompleteChatAsync([ChatMessage.CreateUserMessage("Hi")], new ChatCompletionOptions { Temperature = 9 }));
        Assert.Equal(400, invalid.Status);
        Assert.Contains("Parameter: temperature", invalid.Message, StringComparison.Ordinal);
        var stranger = await RefusedAsync(Chat(kind, key: "sk-no-key-of-ours").CompleteChatAsync("Hi"));
        Assert.Equal(401, stranger.Status);
        Assert.Contains("invalid_api_key", stranger.Message, StringComparison.Ordinal);
        var limited = await RefusedAsync(Chat(kind, ScriptedModel.Limited).CompleteChatAsync("Hi"));
        Assert.Equal(429, limited.Status);
        Assert.True(limited.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var wait));
        Assert.Equal("1", wait);
    }

    /// <summary>The clients sleep as long as they are told to, whatever it is: a limit of a month must not hold their callers for a month.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ALimitOfAMonth_HoldsNobodyUntilItsEnd(string kind)
    {
        var refused = await RefusedAsync(Chat(kind, ClientsFixture.Spent, retries: 1).CompleteChatAsync("Hi").WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(429, refused.Status);
        Assert.Contains("1 call a month", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatIsCancelled_EndsAtTheModelToo()
    {
        var ended = new TaskCompletionSource();
        fixture.Host.Provider.On("/v1/chat/completions", async http =>
        {
            http.RequestAborted.Register(ended.SetResult);
            await ScriptedModel.AnswerAsync(http);
        });
        try
        {
            using var cancel = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                var updates = Chat(OpenAiClients.OpenAi, ScriptedModel.Endless).CompleteChatStreamingAsync([ChatMessage.CreateUserMessage("Hi")], cancellationToken: cancel.Token);
                await foreach (var update in updates) await cancel.CancelAsync();
            });
            await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }
        finally
        {
            fixture.Host.Provider.On("/v1/chat/completions", ScriptedModel.AnswerAsync);
        }
    }

    private static Task<ClientResultException> RefusedAsync(Task call) => Assert.ThrowsAsync<ClientResultException>(() => call);

    private ChatClient Chat(string kind, string route = "chat", string? key = null, int retries = 0) => OpenAiClients.Connect(kind, fixture.Address, key ?? fixture.Key, retries).GetChatClient(route);
}
