using System.ClientModel;
using System.Text;
using OpenAI.Responses;

namespace Serverless.Clients.Tests;

/// <summary>OpenAI's client for .NET, at OpenAI's paths and Azure's: responses, embeddings, models.</summary>
[Collection("clients")]
public sealed class OpenAiResponsesTests(ClientsFixture fixture)
{
    public static TheoryData<string> Kinds => [OpenAiClients.OpenAi, OpenAiClients.AzureV1];

    public static TheoryData<string> EmbeddingKinds => [OpenAiClients.OpenAi, OpenAiClients.Azure, OpenAiClients.AzureV1];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Response_HasTextAndUsage(string kind)
    {
        ResponseResult response = await Responses(kind).CreateResponseAsync("chat", "How warm is it?");
        Assert.Equal((ScriptedModel.Said, ResponseStatus.Completed, 29), (response.GetOutputText(), response.Status, response.Usage.TotalTokenCount));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stream_EndsWithTheWholeResponse(string kind)
    {
        var (text, completed) = (new StringBuilder(), (ResponseResult?)null);
        await foreach (var update in Responses(kind).CreateResponseStreamingAsync("chat", "How warm is it?"))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate piece) text.Append(piece.Delta);
            if (update is StreamingResponseCompletedUpdate end) completed = end.Response;
        }

        Assert.Equal((ScriptedModel.Said, ScriptedModel.Said, 9), (text.ToString(), completed?.GetOutputText(), completed?.Usage.OutputTokenCount));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tools_CalledTwiceInOneTurn_AreToldTheirResults(string kind)
    {
        var ask = new CreateResponseOptions { Model = "chat", Tools = { ResponseTool.CreateFunctionTool(Weather.Tool, BinaryData.FromString(Weather.ToolSchema), strictModeEnabled: true) } };
        ask.InputItems.Add(ResponseItem.CreateUserMessageItem("How warm is it?"));
        ResponseResult asked = await Responses(kind).CreateResponseAsync(ask);
        var calls = asked.OutputItems.OfType<FunctionCallResponseItem>().ToList();
        Assert.Equal([("weather", """{"city":"Oslo"}"""), ("weather", """{"city":"Rome"}""")], calls.Select(call => (call.FunctionName, call.FunctionArguments.ToString())));
        foreach (var item in asked.OutputItems) ask.InputItems.Add(item);
        foreach (var call in calls) ask.InputItems.Add(ResponseItem.CreateFunctionCallOutputItem(call.CallId, "7 degrees"));
        ResponseResult told = await Responses(kind).CreateResponseAsync(ask);
        Assert.Equal(ScriptedModel.Said, told.GetOutputText());
    }

    /// <summary>Nothing is kept here, and who counts on it is told so.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WhatIsStored_IsRefusedByName(string kind)
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Responses(kind).CreateResponseAsync("chat", "Hi", "resp_1"));
        Assert.Equal(400, refused.Status);
        Assert.Contains("Parameter: previous_response_id", refused.Message, StringComparison.Ordinal);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => Responses(kind).GetResponseAsync("resp_1"))).Status);
    }

    [Theory]
    [MemberData(nameof(EmbeddingKinds))]
    public async Task Embeddings_ComeInTheirOrder(string kind)
    {
        var client = OpenAiClients.Connect(kind, fixture.Address, fixture.Key).GetEmbeddingClient("embed");
        var vectors = (await client.GenerateEmbeddingsAsync(["a", "b"])).Value;
        Assert.Equal((2, 3, 5), (vectors.Count, vectors[0].ToFloats().Length, vectors.Usage.TotalTokenCount));
        Assert.Equal([1f, 0f, 0f], vectors[0].ToFloats().ToArray());
        Assert.NotEqual(vectors[0].ToFloats().ToArray(), vectors[1].ToFloats().ToArray());
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => OpenAiClients.Connect(kind, fixture.Address, fixture.Key).GetEmbeddingClient("nobody").GenerateEmbeddingAsync("a"))).Status);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Models_AreRoutes(string kind)
    {
        var client = OpenAiClients.Connect(kind, fixture.Address, fixture.Key).GetOpenAIModelClient();
        Assert.Contains("chat", (await client.GetModelsAsync()).Value.Select(model => model.Id));
        Assert.Equal("embed", (await client.GetModelAsync("embed")).Value.Id);
    }

    private ResponsesClient Responses(string kind) => OpenAiClients.Connect(kind, fixture.Address, fixture.Key).GetResponsesClient();
}
