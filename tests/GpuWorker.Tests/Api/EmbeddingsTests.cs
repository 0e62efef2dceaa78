using System.Text.Json;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class EmbeddingsTests : IAsyncLifetime
{
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync();

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Embeddings_ListWithInstruction_KeepsOrder()
    {
        var answer = await _worker.PostJsonAsync("/v1/embeddings", new { input = new[] { "abc", "a" }, instruction = "Represent: ", model = "instructor" });
        Assert.Equal("list", answer.GetProperty("object").GetString());
        Assert.Equal("instructor", answer.GetProperty("model").GetString());
        var data = answer.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal([0, 1], data.Select(d => d.GetProperty("index").GetInt32()));
        Assert.Equal([[3f, 11f], [1f, 11f]], data.Select(d => JsonSerializer.Deserialize<float[]>(d.GetProperty("embedding"))!));
        Assert.Equal(6, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(new EmbeddingInput("Represent: ", "abc"), _worker.Embedder.Inputs.First());
    }

    [Theory]
    [InlineData("\"truncate_prompt_tokens\":-1,\"truncation_side\":\"right\",\"normalize\":true,\"output_dimension\":2,\"output_dtype\":\"float\",\"late_chunking\":false,\"task\":null")]
    [InlineData("\"truncate\":\"END\",\"embedding_types\":[\"float\"],\"embed_dtype\":\"float32\",\"dimensions\":2.0,\"add_special_tokens\":true")]
    [InlineData("\"truncate\":true,\"truncation\":null")]
    public async Task Embeddings_FieldsThatAskForWhatIsDone_AreTaken(string fields)
    {
        var answer = await _worker.PostJsonAsync("/v1/embeddings", $$"""{"input":"abc",{{fields}}}""");
        Assert.Equal(1, answer.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("\"truncate\":false")]
    [InlineData("\"truncate\":\"NONE\"")]
    [InlineData("\"truncation\":false")]
    public async Task Embeddings_NothingMayBeCut_RefusesTextsThatAreTooLongByName(string field)
    {
        // 512 tokens with EOS.
        var whole = new string('a', 511);
        await _worker.PostJsonAsync("/v1/embeddings", $$"""{"input":["b","{{whole}}"],{{field}}}""");
        await _worker.RefusedAsync("/v1/embeddings", $$"""{"input":["b","{{whole}}c"],{{field}}}""", "input[1]", "context_length_exceeded");
        await _worker.RefusedAsync("/v1/embeddings", $$"""{"input":"{{whole}}","instruction":"Find: ",{{field}}}""", "input", "context_length_exceeded");
        await _worker.PostJsonAsync("/v1/embeddings", $$"""{"input":"{{whole}}c"}""");
    }

    [Fact]
    public async Task Embeddings_Base64_IsLittleEndianFloats()
    {
        var answer = await _worker.PostJsonAsync("/v1/embeddings", new { input = "abc", encoding_format = "base64" });
        var bytes = Convert.FromBase64String(answer.GetProperty("data")[0].GetProperty("embedding").GetString()!);
        Assert.Equal([0, 0, 0x40, 0x40, 0, 0, 0, 0], bytes);
    }

    [Theory]
    [InlineData("query", null, "Find: ")]
    [InlineData("search_query", null, "Find: ")]
    [InlineData("document", null, "File: ")]
    [InlineData("passage", null, "File: ")]
    [InlineData("search_document", null, "File: ")]
    [InlineData(null, null, "")]
    [InlineData("query", "Represent: ", "Represent: ")]
    [InlineData("query", "", "")]
    public async Task Embeddings_InputType_ChoosesTheModelsPromptUnlessAnInstructionIsGiven(string? inputType, string? instruction, string expected)
    {
        await _worker.PostJsonAsync("/v1/embeddings", new { input = "abc", input_type = inputType, instruction });
        Assert.Equal(new EmbeddingInput(expected, "abc"), Assert.Single(_worker.Embedder.Inputs));
    }

    [Fact]
    public async Task Embeddings_SeveralModels_AreChosenByName()
    {
        var other = new LengthEmbedder();
        await using var worker = await WorkerUnderTest.StartAsync(moreEmbeddings: [new EmbeddingModel("other", other, new CharTokenizer())]);
        var answer = await worker.PostJsonAsync("/v1/embeddings", new { input = "abc", model = "other" });
        Assert.Equal("other", answer.GetProperty("model").GetString());
        Assert.Single(other.Inputs);
        Assert.Empty(worker.Embedder.Inputs);
        var error = await worker.RefusedAsync("/v1/embeddings", new { input = "abc" }, "model");
        Assert.Contains("instructor, other", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1 + "ab".Length, (await worker.PostJsonAsync("/tokenize", new { prompt = "ab", model = "other" })).GetProperty("count").GetInt32());
        var models = await worker.Client.GetStringAsync("/v1/models");
        Assert.Contains("\"other\"", models, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":""}""", "input")]
    [InlineData("""{"input":["a"," \n"]}""", "input[1]")]
    [InlineData("""{"input":"a","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("""{"input":"a","dimensions":5}""", "dimensions")]
    [InlineData("""{"input":"a","dimensions":"2"}""", "dimensions")]
    [InlineData("""{"input":"a","truncate_prompt_tokens":1}""", "truncate_prompt_tokens")]
    [InlineData("""{"input":"a","truncation_side":"left"}""", "truncation_side")]
    [InlineData("""{"input":"a","truncate":"START"}""", "truncate")]
    [InlineData("""{"input":"a","truncation":1}""", "truncation")]
    [InlineData("""{"input":"a","normalize":false}""", "normalize")]
    [InlineData("""{"input":"a","output_dimension":1}""", "output_dimension")]
    [InlineData("""{"input":"a","output_dtype":"int8"}""", "output_dtype")]
    [InlineData("""{"input":"a","embedding_types":["float","binary"]}""", "embedding_types")]
    [InlineData("""{"input":"a","late_chunking":true}""", "late_chunking")]
    [InlineData("""{"input":"a","task":"text-matching"}""", "task")]
    [InlineData("""{"input":"a","prompt_name":"query"}""", "prompt_name")]
    [InlineData("""{"input":"a","input_type":"question"}""", "input_type")]
    [InlineData("""{"input":"a","input_type":""}""", "input_type")]
    [InlineData("""{"input":"a","input_type":1}""", "input_type")]
    [InlineData("""{"input":"a","model":"llama"}""", "model")]
    public Task Embeddings_Bad_NamesTheField(string body, string param) => _worker.RefusedAsync("/v1/embeddings", body, param);

    [Fact]
    public async Task Embeddings_DimensionsThatTheModelHas_AskForNothing()
    {
        var answer = await _worker.PostJsonAsync("/v1/embeddings", """{"input":"abc","dimensions":2.0}""");
        Assert.Equal(2, answer.GetProperty("data")[0].GetProperty("embedding").GetArrayLength());
        var error = await _worker.RefusedAsync("/v1/embeddings", """{"input":"abc","dimensions":1}""", "dimensions", "unsupported_parameter");
        Assert.Contains("but as 2", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_InstructionThatLeavesNoRoom_IsRefused()
    {
        var error = await _worker.RefusedAsync("/v1/embeddings", new { input = new[] { "abc" }, instruction = new string('a', 511) }, "instruction", "context_length_exceeded");
        Assert.Contains("510", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await _worker.RefusedAsync("/instructor/v1/predict", new { inputs = new object[] { "a", new[] { new string('a', 511), "abc" } } }, "inputs[1][0]", "context_length_exceeded");
        await _worker.PostJsonAsync("/v1/embeddings", new { input = "abc", instruction = new string('a', 510) });
    }

    [Fact]
    public async Task Embeddings_TooMany_IsRefused()
    {
        await _worker.RefusedAsync("/v1/embeddings", new { input = Enumerable.Repeat("a", 257) }, "input");
        await _worker.PostJsonAsync("/v1/embeddings", new { input = Enumerable.Repeat("a", 256) });
    }
}
