using System.Net;
using System.Text.Json;
using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class PredictTests : IAsyncLifetime
{
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Predict_Prompts_GivesTexts()
    {
        var answer = await _worker.PostJsonAsync(
            "/llama/v1/predict", new { inputs = new[] { "[INST] a [/INST]", "b" }, parameters = new { max_new_tokens = 5, temperature = 0.1, top_p = 0.5, top_k = 3 } });
        Assert.Equal(["Water", "Water"], answer.GetProperty("outputs").EnumerateArray().Select(o => o.GetString()));
        var request = _worker.Engine.Requests.First();
        Assert.Equal((5, 0.1f, 0.5f, 3), (request.MaxTokens, request.Sampling.Temperature, request.Sampling.TopP, request.Sampling.TopK));
    }

    [Fact]
    public async Task Predict_TurnsInText_BecomeControlTokens()
    {
        await _worker.PostJsonAsync("/llama/v1/predict", new { inputs = new[] { "<s>a</s><s>b" } });
        Assert.Equal([1, CharTokenizer.IdOf('a'), 2, 1, CharTokenizer.IdOf('b')], _worker.Engine.Requests.Single().PromptTokens);
    }

    [Fact]
    public async Task Predict_Embeddings_TakesPairsAndTexts()
    {
        var answer = await _worker.PostJsonAsync("/instructor/v1/predict", """{"inputs":[["Represent: ","abc"],["","ab"],"a"]}""");
        var vectors = JsonSerializer.Deserialize<float[][]>(answer.GetProperty("outputs"))!;
        Assert.Equal([[3, 11], [2, 0], [1, 0]], vectors);
        Assert.Equal(new EmbeddingInput("Represent: ", "abc"), _worker.Embedder.Inputs.First());
    }

    [Theory]
    [InlineData("/llama/v1/predict", "{}", "inputs")]
    [InlineData("/llama/v1/predict", """{"inputs":"a"}""", "inputs")]
    [InlineData("/llama/v1/predict", """{"inputs":[]}""", "inputs")]
    [InlineData("/llama/v1/predict", """{"inputs":[["a","b"]]}""", "inputs[0]")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"max_new_tokens":0}}""", "parameters.max_new_tokens")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"max_new_tokens":"a"}}""", "parameters.max_new_tokens")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"temperature":5}}""", "parameters.temperature")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"top_p":-0.1}}""", "parameters.top_p")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"top_k":-2}}""", "parameters.top_k")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"stop":["a",""]}}""", "parameters.stop[1]")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"repetition_penalty":1.5}}""", "parameters.repetition_penalty")]
    [InlineData("/llama/v1/predict", """{"inputs":["a"],"parameters":{"max_length":5}}""", "parameters.max_length")]
    [InlineData("/instructor/v1/predict", """{"inputs":[["a"]]}""", "inputs[0]")]
    [InlineData("/instructor/v1/predict", """{"inputs":[["a",7]]}""", "inputs[0][1]")]
    [InlineData("/instructor/v1/predict", """{"inputs":[["a"," "]]}""", "inputs[0]")]
    public Task Predict_Bad_NamesTheField(string path, string body, string param) => _worker.RefusedAsync(path, body, param);

    [Fact]
    public async Task Predict_InputsNotAList_SaysWhatTheyMustBe()
    {
        var error = await _worker.RefusedAsync("/llama/v1/predict", """{"inputs":"a"}""", "inputs");
        Assert.Equal("inputs must be a list.", error.GetProperty("message").GetString());
    }

    [Fact]
    public Task Predict_UnknownModel_Is404() => _worker.RefusedAsync("/gpt-4/v1/predict", """{"inputs":["a"]}""", "model", "model_not_found", HttpStatusCode.NotFound);
}
