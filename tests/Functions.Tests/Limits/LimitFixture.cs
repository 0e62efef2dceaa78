using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

/// <summary>Gateways with a route of every type, and every endpoint's request by a short name.</summary>
internal static class LimitFixture
{
    /// <summary>What asks a model, by HTTP: name, path, and the route that limits are set on.</summary>
    public static readonly string[] Names =
    [
        "chat", "chat stream", "completions", "completions stream", "embeddings", "invoke chat", "invoke completions", "invoke embeddings", "invoke rag", "chat rag", "chat rag stream",
        "responses", "responses stream", "responses rag", "endpoints chat", "endpoints chat stream", "endpoints embeddings",
    ];

    public static TheoryData<string> Endpoints => new(Names);

    public static async Task<GatewayHost> StartAsync(AzuriteFixture azurite, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, GatewayHost? sharing = null)
    {
        var host = await GatewayHost.StartAsync(
            azurite,
            new Dictionary<string, string?>(settings ?? []) { ["Gateway:RouteCacheSeconds"] = settings?.GetValueOrDefault("Gateway:RouteCacheSeconds") ?? "0" },
            s =>
            {
                s.AddSingleton<IAnswerPlanner, EmbeddingPlanner>();
                services?.Invoke(s);
            },
            sharing);
        if (sharing is not null) return host;
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("complete", "llm/v1/completions");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
        var rag = await host.PostAsync("/api/2.0/gateway/routes", new { name = "rag", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "chat", collection = "c", max_tokens = 20 } });
        Assert.True(rag.Status == 201, rag.Body);
        return host;
    }

    public static string RouteOf(string endpoint) =>
        endpoint.Contains("rag", StringComparison.Ordinal) ? "rag"
        : endpoint.Contains("embeddings", StringComparison.Ordinal) ? "embed"
        : endpoint.Contains("completions", StringComparison.Ordinal) ? "complete"
        : "chat";

    public static Task<GatewayHost.Answer> AskAsync(GatewayHost host, string endpoint, string? key = null, int? maxTokens = 10, string text = "Hello")
    {
        var messages = new[] { new { role = "user", content = text } };
        var stream = endpoint.EndsWith("stream", StringComparison.Ordinal);
        var route = RouteOf(endpoint);
        return endpoint switch
        {
            "invoke chat" => host.PostAsync("/gateway/chat/invocations", new { messages, max_tokens = maxTokens }, key),
            "invoke completions" => host.PostAsync("/gateway/complete/invocations", new { prompt = text, max_tokens = maxTokens }, key),
            "invoke embeddings" => host.PostAsync("/gateway/embed/invocations", new { text }, key),
            "invoke rag" => host.PostAsync("/gateway/rag/invocations", new { question = text, max_tokens = maxTokens }, key),
            "endpoints embeddings" => host.PostAsync("/endpoints/embed/invocations", new { input = text }, key),
            "endpoints chat" or "endpoints chat stream" => host.PostAsync("/endpoints/chat/invocations", new { messages, max_tokens = maxTokens, stream }, key),
            "responses" or "responses stream" or "responses rag" => host.PostAsync("/v1/responses", new { model = route, input = text, max_output_tokens = maxTokens, stream }, key),
            "embeddings" => host.PostAsync("/v1/embeddings", new { model = route, input = text }, key),
            "completions" or "completions stream" => host.PostAsync("/v1/completions", new { model = route, prompt = text, max_tokens = maxTokens, stream }, key),
            _ => host.PostAsync("/v1/chat/completions", new { model = route, messages, max_tokens = maxTokens, stream }, key),
        };
    }

    public static async Task LimitAsync(GatewayHost host, string path, params object[] limits)
    {
        var answer = await host.SendAsync(HttpMethod.Put, $"/limits/{path}", new { limits });
        Assert.True(answer.Status == 200, answer.Body);
    }

    public static async Task PriceAsync(GatewayHost host, params object[] prices)
    {
        var answer = await host.SendAsync(HttpMethod.Put, "/prices", new { prices });
        Assert.True(answer.Status == 200, answer.Body);
    }

    /// <summary>Everything in the ledger.</summary>
    public static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(GatewayHost host)
    {
        await host.Services.GetRequiredService<UsageLedger>().FlushAsync(default);
        var records = await ReadAsync(host);
        Assert.All(records, r => Assert.Equal(DateTime.UtcNow.Year, r.Time.Year));
        return records;
    }

    /// <summary>What the ledger has written.</summary>
    public static async Task<IReadOnlyList<UsageRecord>> ReadAsync(GatewayHost host)
    {
        var records = new List<UsageRecord>();
        var container = new Azure.Storage.Blobs.BlobServiceClient(host.Storage).GetBlobContainerClient("usage");
        if (!await container.ExistsAsync()) return records;
        await foreach (var blob in container.GetBlobsAsync())
        {
            var text = (await container.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString();
            Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith(blob.Name[..4], System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("time").GetString(), StringComparison.Ordinal));
            records.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.JsonSerializer.Deserialize<UsageRecord>(line, Contracts.WireJson.Options)!));
        }

        return records;
    }
}
