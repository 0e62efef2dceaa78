using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Evaluation;

/// <summary>
/// The gateway as it is composed, with a rag route "garden" over a scripted search, a chat route "plain", and a model that answers with what follows "say " in the prompt;
/// evaluations run on a Durable host in memory that a test may kill.
/// </summary>
internal sealed class EvaluationApp : IAsyncDisposable
{
    private readonly GatewayHost _host;

    private EvaluationApp(GatewayHost host, InMemoryDurable durable) => (_host, Durable) = (host, durable);

    public GatewayHost Host => _host;

    public InMemoryDurable Durable { get; }

    /// <summary>Questions that the model was sent, in order.</summary>
    public IReadOnlyList<string> Asked => [.. _host.Provider.Requests.Where(request => request.Path == "/v1/chat/completions").Select(request => Prompt(request.Json))];

    public static async Task<EvaluationApp> StartAsync(AzuriteFixture azurite)
    {
        InMemoryDurable? durable = null;
        var host = await GatewayHost.StartAsync(
            azurite,
            new Dictionary<string, string?> { ["Gateway:RouteCacheSeconds"] = "0", ["Gateway:MaxAttempts"] = "1" },
            services => services.AddSingleton<IAnswerPlanner, LabelPlanner>().AddSingleton<DurableTaskClient>(_ => durable!));
        durable = new InMemoryDurable(ActivatorUtilities.CreateInstance<EvaluationActivities>(host.Services), EvaluationOrchestrator.RunAsync);
        await host.CreateRouteAsync("plain");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
        await host.CreateRouteAsync("rank", "llm/v1/rerank", "small");
        var rag = await host.PostAsync("/api/2.0/gateway/routes", new { name = "garden", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "plain", collection = "c", max_tokens = 20, relevance_floor = 0.25, rerank = new { route = "rank", candidates = 12, floor = 0.125 }, system_prompt = "secret-system-words" } });
        Assert.True(rag.Status == 201, rag.Body);
        host.Provider.On("/v1/chat/completions", async http =>
        {
            var prompt = Prompt((await JsonDocument.ParseAsync(http.Request.Body)).RootElement);
            if (prompt.Contains("break", StringComparison.Ordinal)) await FakeProvider.Error(http, 500);
            else await host.Provider.StreamAsync(http, isChat: true, prompt.Split("say ").Skip(1).FirstOrDefault() ?? "Nothing.");
        });
        return new EvaluationApp(host, durable);
    }

    /// <summary>Starts a run, lets it end, and gives it back.</summary>
    public async Task<JsonElement> RunAsync(object body, string? key = null)
    {
        var id = await StartRunAsync(body, key);
        await Durable.RunAsync();
        return await GetAsync(id, key);
    }

    public async Task<string> StartRunAsync(object body, string? key = null)
    {
        var started = await _host.PostAsync("/evaluations", body, key);
        Assert.True(started.Status == 202, started.Body);
        return started.Json.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string id, string? key = null)
    {
        var answer = await _host.GetAsync($"/evaluations/{id}", key);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    /// <summary>Every blob of every container but those of routes and of changes to them, name and content and metadata, and all that Durable remembers.</summary>
    public async Task<string> EverythingAsync()
    {
        var all = new System.Text.StringBuilder();
        var service = new BlobServiceClient(_host.Storage);
        await foreach (var container in service.GetBlobContainersAsync())
        {
            if (container.Name is "config" or "audit") continue;
            await foreach (var blob in service.GetBlobContainerClient(container.Name).GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata }))
            {
                all.AppendLine(blob.Name).AppendLine(string.Join(';', blob.Metadata.Values));
                all.AppendLine((await service.GetBlobContainerClient(container.Name).GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString());
            }
        }

        foreach (var instance in Durable.Instances.Values)
        {
            all.AppendLine(instance.Id).AppendLine(instance.Input);
            foreach (var activity in instance.History.OfType<RecordedActivity>()) all.AppendLine($"{activity.Name} {activity.Input} {activity.Output} {activity.Failure}");
        }

        return all.ToString();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static string Prompt(JsonElement body) => body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
}
