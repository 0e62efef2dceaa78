using Anthropic;
using Anthropic.Core;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Serverless.Clients.Tests;

/// <summary>Microsoft.Extensions.AI over each API that the gateway has, and Microsoft's agents over it: what a .NET team writes against IChatClient runs as it is.</summary>
[Collection("clients")]
public sealed class ChatClientTests(ClientsFixture fixture)
{
    private const string Chats = "chat completions";
    private const string Responses = "responses";
    private const string AzureChats = "Azure's chat completions";
    private const string Messages = "Anthropic's messages";

    public static TheoryData<string> Apis => [Chats, Responses, AzureChats, Messages];

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task Answer_HasTextAndUsage(string api)
    {
        var answer = await Client(api).GetResponseAsync("How warm is it?");
        Assert.Equal((ScriptedModel.Said, 20L, 9L, "chat"), (answer.Text, answer.Usage?.InputTokenCount, answer.Usage?.OutputTokenCount, answer.ModelId));
        var streamed = await Client(api).GetStreamingResponseAsync("How warm is it?").ToChatResponseAsync();
        Assert.Equal((ScriptedModel.Said, 29L), (streamed.Text, streamed.Usage?.TotalTokenCount));
    }

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task Functions_AreInvoked_WholeAndStreamed(string api)
    {
        foreach (var isStream in (bool[])[false, true])
        {
            var cities = new List<string>();
            var client = Client(api).AsBuilder().UseFunctionInvocation().Build();
            var options = new ChatOptions { Tools = [AIFunctionFactory.Create(Weather.ToolThatNotes(cities), Weather.Tool)] };
            var answer = isStream ? await client.GetStreamingResponseAsync("How warm is it?", options).ToChatResponseAsync() : await client.GetResponseAsync("How warm is it?", options);
            Assert.Equal((ScriptedModel.Said, 58L), (answer.Text, answer.Usage?.TotalTokenCount));
            Assert.Equal(["Oslo", "Rome"], cities);
        }
    }

    [Theory]
    [InlineData(Chats)]
    [InlineData(Responses)]
    [InlineData(AzureChats)]
    public async Task Answer_OfAType_IsRead(string api) => Assert.Equal(new Weather("Oslo", 7), (await Client(api).GetResponseAsync<Weather>("How warm is it?")).Result);

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task Thoughts_AreReasoning(string api)
    {
        var options = new ChatOptions { MaxOutputTokens = 4000, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Medium, Output = ReasoningOutput.Full } };
        var answer = await Client(api, ScriptedModel.Thinking).GetResponseAsync("How warm is it?", options);
        var contents = answer.Messages.SelectMany(message => message.Contents).ToList();
        Assert.Equal(ScriptedModel.Thought, Assert.Single(contents.OfType<TextReasoningContent>()).Text);
        Assert.Equal(ScriptedModel.Said, answer.Text);
    }

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task Pictures_AreSeen(string api)
    {
        var answer = await Client(api).GetResponseAsync([new ChatMessage(ChatRole.User, [new TextContent("What is it?"), new DataContent(Weather.Picture, "image/png")])]);
        Assert.Equal(ScriptedModel.SeesAPicture, answer.Text);
    }

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task Agents_KeepTheirTurns(string api)
    {
        var cities = new List<string>();
        var agent = new ChatClientAgent(Client(api), instructions: "Be short.", name: "weather", tools: [AIFunctionFactory.Create(Weather.ToolThatNotes(cities), Weather.Tool)]);
        var session = await agent.CreateSessionAsync();
        Assert.Equal(ScriptedModel.Said, (await agent.RunAsync("How warm is it?", session)).Text);
        Assert.Equal(["Oslo", "Rome"], cities);
        var text = "";
        await foreach (var update in agent.RunStreamingAsync("And now?", session)) text += update.Text;
        Assert.Equal(ScriptedModel.Said, text);
        // The results of the first turn are in the second's: the model calls nothing anew.
        Assert.Equal(2, cities.Count);
    }

    [Fact]
    public async Task Embeddings_AreGenerated()
    {
        var vectors = await OpenAiClients.Connect(OpenAiClients.OpenAi, fixture.Address, fixture.Key).GetEmbeddingClient("embed").AsIEmbeddingGenerator().GenerateAsync(["a", "b"]);
        Assert.Equal((2, 3, 5L), (vectors.Count, vectors[0].Vector.Length, vectors.Usage?.TotalTokenCount));
    }

    private IChatClient Client(string api, string route = "chat") => api switch
    {
        Chats => OpenAiClients.Connect(OpenAiClients.OpenAi, fixture.Address, fixture.Key).GetChatClient(route).AsIChatClient(),
        Responses => OpenAiClients.Connect(OpenAiClients.AzureV1, fixture.Address, fixture.Key).GetResponsesClient().AsIChatClient(route),
        AzureChats => OpenAiClients.Connect(OpenAiClients.Azure, fixture.Address, fixture.Key).GetChatClient(route).AsIChatClient(),
        _ => new AnthropicClient(new ClientOptions { ApiKey = fixture.Key, BaseUrl = fixture.Address.AbsoluteUri.TrimEnd('/'), MaxRetries = 0 }).AsIChatClient(route, 100),
    };
}
