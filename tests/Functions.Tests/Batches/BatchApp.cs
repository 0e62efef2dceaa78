using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Batches;

/// <summary>
/// The gateway as it is composed, with a route of each type, and a model that answers with what follows "say " in the prompt, and fails where it reads "break"; batches run on a Durable host in memory
/// that a test may kill.
/// </summary>
internal sealed class BatchApp : IAsyncDisposable
{
    private BatchApp(GatewayHost host, InMemoryDurable durable, MovedClock clock) => (Host, Durable, Clock) = (host, durable, clock);

    public GatewayHost Host { get; }

    public InMemoryDurable Durable { get; }

    public MovedClock Clock { get; }

    /// <summary>Prompts that the model was sent.</summary>
    public IReadOnlyList<string> Asked => [.. Host.Provider.Requests.Where(request => request.Path == "/v1/chat/completions").Select(request => Prompt(request.Json))];

    public static async Task<BatchApp> StartAsync(AzuriteFixture azurite, Dictionary<string, string?>? settings = null)
    {
        InMemoryDurable? durable = null;
        var clock = new MovedClock(DateTimeOffset.UtcNow);
        var host = await GatewayHost.StartAsync(
            azurite,
            new Dictionary<string, string?>(settings ?? []) { ["Gateway:RouteCacheSeconds"] = "0", ["Gateway:MaxAttempts"] = "1", ["Gateway:ClientCheckSeconds"] = "0" },
            services => services.AddSingleton<TimeProvider>(clock).AddSingleton<DurableTaskClient>(_ => durable!));
        durable = new InMemoryDurable(ActivatorUtilities.CreateInstance<BatchActivities>(host.Services), BatchOrchestrator.RunAsync);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("text", "llm/v1/completions");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
        host.Provider.On("/v1/chat/completions", async http =>
        {
            var prompt = Prompt((await JsonDocument.ParseAsync(http.Request.Body)).RootElement);
            if (prompt.Contains("break", StringComparison.Ordinal)) await FakeProvider.Error(http, 400);
            else await host.Provider.StreamAsync(http, isChat: true, prompt.Split("say ").Skip(1).FirstOrDefault() ?? "Nothing.");
        });
        return new BatchApp(host, durable, clock);
    }

    /// <summary>A line of a batch of chats.</summary>
    public static object Chat(string id, string prompt, string model = "chat") =>
        new { custom_id = id, method = "POST", url = "/v1/chat/completions", body = new { model, messages = new[] { new { role = "user", content = prompt } }, max_tokens = 9 } };

    public static string Lines(IEnumerable<object> lines) => string.Join('\n', lines.Select(line => JsonSerializer.Serialize(line)));

    /// <summary>Uploads as OpenAI's clients do.</summary>
    public async Task<(int Status, JsonElement Json)> UploadAsync(string content, string? key = null, bool isFileFirst = false, string? purpose = "batch", params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        if (isFileFirst) form.Add(file, "file", "questions.jsonl");
        if (purpose is not null) form.Add(new StringContent(purpose), "purpose");
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        if (!isFileFirst) form.Add(file, "file", "questions.jsonl");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var response = await Host.Http.SendAsync(request);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>Uploads an input and starts a batch over it.</summary>
    public async Task<string> StartAsync(IEnumerable<object> lines, string endpoint = "/v1/chat/completions", string window = "24h", string? key = null)
    {
        var (status, file) = await UploadAsync(Lines(lines), key);
        Assert.True(status == 200, file.ToString());
        var started = await Host.PostAsync("/v1/batches", new { input_file_id = file.GetProperty("id").GetString(), endpoint, completion_window = window }, key);
        Assert.True(started.Status == 200, started.Body);
        Assert.Equal("validating", started.Json.GetProperty("status").GetString());
        return started.Json.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> RunAsync(IEnumerable<object> lines, string endpoint = "/v1/chat/completions", string? key = null)
    {
        var id = await StartAsync(lines, endpoint, key: key);
        await Durable.RunAsync();
        return await GetAsync(id, key);
    }

    public async Task<JsonElement> GetAsync(string id, string? key = null)
    {
        var answer = await Host.GetAsync($"/v1/batches/{id}", key);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    /// <summary>The lines of one of a batch's files; none where it has none.</summary>
    /// <param name="member"><c>output_file_id</c> or <c>error_file_id</c>.</param>
    public async Task<IReadOnlyList<JsonElement>> ReadAsync(JsonElement batch, string member, string? key = null)
    {
        if (!batch.TryGetProperty(member, out var id)) return [];
        var answer = await Host.GetAsync($"/v1/files/{id.GetString()}/content", key);
        Assert.True(answer.Status == 200, answer.Body);
        return [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>Every blob of the container of batches: names, metadata, contents.</summary>
    public async Task<IReadOnlyDictionary<string, string>> BlobsAsync()
    {
        var container = new BlobServiceClient(Host.Storage).GetBlobContainerClient("batches");
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata }))
            all[blob.Name] = string.Join(';', blob.Metadata.Values) + "\n" + (await container.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content;
        return all;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private static string Prompt(JsonElement body) => body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
}
