using System.Text.Json.Nodes;
using Serverless.Local.Samples;

namespace Local.Tests.Samples;

public sealed class SampleModelsTests
{
    private static readonly SampleModels Demo = new("demo-llama", "demo-instructor");
    private static readonly SampleModels Ollama = Demo with { OpenAiEndpoint = new Uri("http://localhost:11434/v1/"), OpenAiModel = "llama3" };

    [Theory]
    [InlineData("llm/v1/embeddings", "instructor-xl")]
    [InlineData("llm/v1/completions", "llama-2-7b-chat")]
    [InlineData("llm/v1/chat", "llama-2-7b-chat")]
    public void ModelOf_RealWeights_NamesWhatTheWorkerServes(string type, string expected)
    {
        var model = new SampleModels("llama-2-7b-chat", "instructor-xl").ModelOf(Route(type))!;

        Assert.Equal(("gpu-worker", expected), (model["provider"]!.GetValue<string>(), model["name"]!.GetValue<string>()));
    }

    [Fact]
    public void ModelOf_OpenAiServer_AnswersInTheWorkersPlace_AndEmbedsNot()
    {
        var chat = Ollama.ModelOf(Route("llm/v1/chat"))!;

        Assert.Equal("""{"provider":"openai","name":"llama3","openai_config":{"openai_api_key":"none","openai_api_base":"http://localhost:11434/v1"}}""", chat.ToJsonString());
        Assert.Equal("demo-instructor", Ollama.ModelOf(Route("llm/v1/embeddings"))!["name"]!.GetValue<string>());
        Assert.Null(Ollama.ModelOf(new JsonObject { ["name"] = "gardening", ["route_type"] = "rag/v1/answers", ["rag"] = new JsonObject() }));
        Assert.DoesNotContain("sk-secret", (Ollama with { OpenAiKey = "sk-secret" }).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu-worker", "demo-llama", false)]
    [InlineData("gpu-worker", "llama-2-7b-chat", true)]
    [InlineData("anthropic", "claude", false)]
    [InlineData("openai", "llama3", false)]
    public void MustChange_Worker_OnlyWhatItDoesNotServe(string provider, string name, bool expected) =>
        Assert.Equal(expected, SampleModels.MustChange(Existing(provider, name), Demo.ModelOf(Route("llm/v1/chat"))!));

    [Theory]
    [InlineData("gpu-worker", "demo-llama", true)]
    [InlineData("openai", "llama3", true)]
    [InlineData("anthropic", "claude", false)]
    public void MustChange_OpenAiServerNamed_WhatTheSamplesMade(string provider, string name, bool expected) =>
        Assert.Equal(expected, SampleModels.MustChange(Existing(provider, name), Ollama.ModelOf(Route("llm/v1/chat"))!));

    private static JsonObject Existing(string provider, string name) => new() { ["provider"] = provider, ["name"] = name };

    private static JsonObject Route(string type) => new() { ["name"] = "x", ["route_type"] = type, ["model"] = Existing("gpu-worker", "demo") };
}
