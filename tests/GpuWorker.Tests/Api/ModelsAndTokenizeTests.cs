using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class ModelsAndTokenizeTests : IAsyncLifetime
{
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Models_List_HasBothAndTheContext()
    {
        var answer = await _worker.Client.GetFromJsonAsync<JsonElement>("/v1/models");
        var models = answer.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(["llama", "instructor"], models.Select(m => m.GetProperty("id").GetString()));
        Assert.Equal(200, models[0].GetProperty("max_model_len").GetInt32());
        Assert.Equal("llama", (await _worker.Client.GetFromJsonAsync<JsonElement>("/v1/models/llama")).GetProperty("id").GetString());
        using var unknown = await _worker.Client.GetAsync("/v1/models/gpt-4");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Tokenize_One_CountsBosAndGivesIds()
    {
        var answer = await _worker.PostJsonAsync("/tokenize", new { prompt = "ab" });
        Assert.Equal(3, answer.GetProperty("count").GetInt32());
        Assert.Equal(200, answer.GetProperty("max_model_len").GetInt32());
        Assert.Equal([[1, CharTokenizer.IdOf('a'), CharTokenizer.IdOf('b')]], JsonSerializer.Deserialize<int[][]>(answer.GetProperty("tokens"))!);
    }

    [Fact]
    public async Task Tokenize_SeveralOfTheEmbeddingsModel_CountsEos()
    {
        var answer = await _worker.PostJsonAsync("/tokenize", new { prompt = new[] { "ab", "" }, model = "instructor", return_tokens = false });
        Assert.Equal([3, 1], JsonSerializer.Deserialize<int[]>(answer.GetProperty("counts"))!);
        Assert.False(answer.TryGetProperty("tokens", out _));
        Assert.Equal(512, answer.GetProperty("max_model_len").GetInt32());
    }

    // vLLM's /tokenize takes a chat too; its tokens are those that an answer to it is charged for.
    [Theory]
    [InlineData("""[{"role":"user","content":"ab"}]""")]
    [InlineData("""[{"role":"system","content":"s"},{"role":"user","content":"ab"},{"role":"assistant","content":"c"},{"role":"user","content":"d"}]""")]
    public async Task Tokenize_AChat_CountsWhatAnAnswerIsChargedFor(string messages)
    {
        var counted = await _worker.PostJsonAsync("/tokenize", $$"""{"model":"llama","messages":{{messages}}}""");
        var answered = await _worker.PostJsonAsync("/v1/chat/completions", $$"""{"model":"llama","messages":{{messages}},"max_tokens":1}""");
        Assert.Equal(answered.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), counted.GetProperty("count").GetInt32());
        Assert.Equal(counted.GetProperty("count").GetInt32(), counted.GetProperty("tokens")[0].GetArrayLength());
        Assert.Equal(200, counted.GetProperty("max_model_len").GetInt32());
    }

    [Theory]
    [InlineData("""{"messages":[],"model":"llama"}""", "messages")]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"prompt":"x"}""", "prompt")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"model":"instructor"}""", "model")]
    public async Task Tokenize_AChatThatIsNone_IsRefusedByItsField(string body, string param)
    {
        using var answer = await _worker.Client.PostAsync("/tokenize", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Tokenize_Nulls_AreAsIfNotSaid()
    {
        var answer = await _worker.PostJsonAsync("/tokenize", """{"prompt":"ab","add_special_tokens":null,"return_tokens":null}""");
        Assert.Equal(3, answer.GetProperty("count").GetInt32());
        Assert.Equal(3, answer.GetProperty("tokens")[0].GetArrayLength());
    }

    [Fact]
    public async Task Detokenize_Ids_GivesText()
    {
        var answer = await _worker.PostJsonAsync("/detokenize", new { tokens = new[] { 1, CharTokenizer.IdOf('h'), CharTokenizer.IdOf('i'), 2 } });
        Assert.Equal("hi", answer.GetProperty("prompt").GetString());
    }

    [Theory]
    [InlineData("/tokenize", "{}", "prompt")]
    [InlineData("/tokenize", """{"prompt":[1]}""", "prompt")]
    [InlineData("/detokenize", "{}", "tokens")]
    [InlineData("/detokenize", """{"tokens":[1,-1]}""", "tokens[1]")]
    [InlineData("/detokenize", """{"tokens":[99999999]}""", "tokens[0]")]
    public Task Tokenize_Bad_NamesTheField(string path, string body, string param) => _worker.RefusedAsync(path, body, param);
}
