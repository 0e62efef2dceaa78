using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reranking;
using Serverless.GpuWorker.Tests.Supervision;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>Both trained encoders side by side, each in its process, behind real HTTP.</summary>
public sealed class EncoderServingTests
{
    [Fact]
    public async Task Embeddings_TwoEncoders_AnswerByNameWithPromptsAndUsage()
    {
        var options = new WorkerOptions { Encoder = "arctic-xs, minilm", Urls = "http://127.0.0.1:0" };
        Assert.Empty(WorkerOptionsValidator.Validate(options));
        await using var app = WorkerHost.Build(options);
        await app.StartAsync();
        var state = app.Services.GetRequiredService<ServingState>();
        await WorkerUnderTest.UntilAsync(() => state.Phase != ServingPhase.Loading, "the encoders to be loaded");
        Assert.Equal(ServingPhase.Serving, state.Phase);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(2) };

        var models = await client.GetFromJsonAsync<JsonElement>("/v1/models");
        Assert.Equal(["arctic-embed-xs", "all-MiniLM-L6-v2"], models.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        var tokens = await PostAsync("/tokenize", new { model = "all-MiniLM-L6-v2", prompt = "hello" });
        Assert.Equal((3, 256), (tokens.GetProperty("count").GetInt32(), tokens.GetProperty("max_model_len").GetInt32()));

        const string prompt = "Represent this sentence for searching relevant passages: ";
        var query = await EmbedAsync(new { model = "arctic-embed-xs", input = "my fig tree loses foliage", input_type = "query" });
        Assert.Equal(query.Vector, (await EmbedAsync(new { model = "arctic-embed-xs", input = prompt + "my fig tree loses foliage" })).Vector);
        Assert.Equal(query.Vector, (await EmbedAsync(new { model = "arctic-embed-xs", input = "my fig tree loses foliage", instruction = prompt })).Vector);
        var document = await EmbedAsync(new { model = "arctic-embed-xs", input = "my fig tree loses foliage", input_type = "document" });
        Assert.NotEqual(query.Vector, document.Vector);
        Assert.True(document.Tokens < query.Tokens);
        Assert.Equal(384, query.Vector.Length);
        Assert.Equal(1, query.Vector.Sum(x => (double)x * x), 4);
        Assert.Equal(256, (await EmbedAsync(new { model = "all-MiniLM-L6-v2", input = string.Join(' ', Enumerable.Repeat("leaf", 600)) })).Tokens);
        await app.StopAsync();

        async Task<(float[] Vector, int Tokens)> EmbedAsync(object body)
        {
            var answer = await PostAsync("/v1/embeddings", body);
            return (JsonSerializer.Deserialize<float[]>(answer.GetProperty("data")[0].GetProperty("embedding"))!, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        }

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var response = await client.PostAsJsonAsync(path, body);
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.IsSuccessStatusCode, json.ToString());
            return json;
        }
    }

    [Fact]
    public async Task Rerank_AFolder_IsServedFromItsProcessAsComputedPlainly()
    {
        var folder = Directory.CreateTempSubdirectory("reranker-").FullName;
        var plain = new SmallCrossEncoder();
        plain.Write(folder);
        try
        {
            await using var app = WorkerHost.Build(new WorkerOptions { Reranker = folder, Urls = "http://127.0.0.1:0" });
            await app.StartAsync();
            var state = app.Services.GetRequiredService<ServingState>();
            await WorkerUnderTest.UntilAsync(() => state.Phase != ServingPhase.Loading, "the reranker to be loaded");
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(2) };
            using var response = await client.PostAsJsonAsync("/v1/rerank", new { model = Path.GetFileName(folder), query = "fig", documents = new[] { "leaf", "prune fig." } });
            var results = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("results").EnumerateArray().ToDictionary(item => item.GetProperty("index").GetInt32(), item => item.GetProperty("relevance_score").GetDouble());
            Assert.Equal(1 / (1 + Math.Exp(-plain.Logit([2, 4, 3, 5, 3], [0, 0, 0, 1, 1]))), results[0], 5);
            Assert.Equal(1 / (1 + Math.Exp(-plain.Logit([2, 4, 3, 7, 4, 13, 3], [0, 0, 0, 1, 1, 1, 1]))), results[1], 5);
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Named as both, a model is in memory once, in one process, and gives the bits that it gives alone.</summary>
    [Fact]
    public async Task Embeddings_AndLateInteractionOverTheSameModel_AreOfOneProcessAndComputedAsApart()
    {
        var options = new WorkerOptions { Encoder = "minilm", Reranker = "maxsim:minilm,maxsim:arctic-xs", Urls = "http://127.0.0.1:0" };
        var launcher = new FakeLauncher(_ => FakeChild.Serving(new ChildServices(new ChildLauncher(RankCommand.Name), TimeProvider.System, NullLoggerFactory.Instance)));
        var models = await Task.Run(() => new CheckpointLoader(options, launcher, TimeProvider.System, NullLoggerFactory.Instance).Load(CancellationToken.None));
        Assert.Equal(2, launcher.Starts);
        var (embedder, reranker) = (models.Embeddings.Single().Embedder, models.Rerankers.Single(model => model.Name == "all-MiniLM-L6-v2-maxsim").Reranker);
        const string Query = "my fig tree loses foliage";
        string[] documents = ["Fiddle Fig tree dropping its leaves", "The context length of MPT-30B is 8k tokens."];
        var asked = (Embed: embedder.EmbedAsync([.. documents.Select(text => new EmbeddingInput("", text))], CancellationToken.None), Score: reranker.ScoreAsync(Query, documents, CancellationToken.None));
        var (vectors, scores) = (await asked.Embed, await asked.Score);

        var model = BertModel.Open("minilm");
        using var encoder = new BatchingEmbedder("alone", input => BertInput.Tokenize(model.LoadTokenizer(), model.Settings, input), BertEncoderSession.Load(model));
        using var interaction = PairReranker.LateInteraction("alone", model.LoadTokenizer(), model.Settings, LateInteractionSession.Load(model));
        var alone = await encoder.EmbedAsync([.. documents.Select(text => new EmbeddingInput("", text))], CancellationToken.None);
        Assert.All(documents, (_, i) => Assert.Equal(alone[i].Values, vectors[i].Values));
        Assert.Equal(await interaction.ScoreAsync(Query, documents, CancellationToken.None), scores);

        // The process stays for the one while the other goes, and ends with the last.
        ((IDisposable)embedder).Dispose();
        Assert.Equal(scores, await reranker.ScoreAsync(Query, documents, CancellationToken.None));
        Assert.All(launcher.Children, child => Assert.False(child.Exited.IsCompleted));
        foreach (var left in models.Rerankers) ((IDisposable)left.Reranker).Dispose();
        Assert.All(launcher.Children, child => Assert.True(child.Exited.IsCompleted));
    }

    [Fact]
    public void Validate_ARerankerThatIsNotThereOrIsCalledLikeAnother_SaysSo()
    {
        Assert.Contains("Worker:Reranker", Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Reranker = "/no/such/folder" })), StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("reranker-").FullName;
        Assert.Contains(Path.GetFileName(folder), Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Reranker = $"{folder},{folder}" })), StringComparison.Ordinal);
        Directory.Delete(folder);
        Assert.Contains("maxsim:", Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Reranker = "maxsim:nothing" })), StringComparison.Ordinal);
        Assert.Contains("maxsim:", Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Reranker = "minilm" })), StringComparison.Ordinal);
        Assert.Empty(WorkerOptionsValidator.Validate(new WorkerOptions { Encoder = "minilm", Reranker = "maxsim:minilm,maxsim:arctic-xs" }));
    }

    [Theory]
    [InlineData("arctic-m", "arctic-xs, minilm")]
    [InlineData("arctic-xs,arctic-xs", "arctic-embed-xs")]
    public void Validate_UnknownOrRepeatedEncoder_SaysWhatIsPermitted(string encoder, string named) =>
        Assert.Contains(named, Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Encoder = encoder })), StringComparison.Ordinal);

    [Theory]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.Float16)]
    public void Validate_AnotherFormatOfEncoders_SaysWhatIsPermitted(WeightFormat format) =>
        Assert.Equal(["Worker:EncoderFormat must be float32 or int8."], WorkerOptionsValidator.Validate(new WorkerOptions { Encoder = "minilm", EncoderFormat = format }));
}
