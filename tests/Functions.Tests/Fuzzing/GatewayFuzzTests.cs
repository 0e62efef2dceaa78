using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts.SignalR;
using Serverless.Contracts.Tests.Fuzzing;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Tests.Deployment;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;
using Serverless.Functions.Tests.Streaming;

namespace Serverless.Functions.Tests.Fuzzing;

/// <summary>
/// Wrong requests to every HTTP function, over a socket: whatever a caller sends, the answer is never a 5xx, names no exception, and says what is wrong in the error's
/// shape; the next request works. FUZZ_REQUESTS and FUZZ_SEED make more of them, or those of a failure again.
/// </summary>
[Collection(AzureCollection.Name)]
public sealed partial class GatewayFuzzTests(AzureServices azure)
{
    // What no field is at fault in: the body as a whole, who asks, what there is no room for.
    private static readonly HashSet<string> Unnamed = new(StringComparer.Ordinal) { "invalid_api_key", "operator_required", "cors_not_configured", "rate_limit_exceeded", "context_length_exceeded", "bad_request", "too_many_keys" };

    [Fact]
    public void Requests_OfTheFuzzer_ReachEveryHttpFunction()
    {
        var routes = FunctionMetadataTests.HttpRoutes();
        Assert.NotEmpty(routes);
        foreach (var (name, methods, template) in routes)
        {
            var path = new Regex("^/" + Placeholder().Replace(template, m => m.Value.StartsWith("{*", StringComparison.Ordinal) ? ".+" : "[^/]+") + "$");
            Assert.True(GatewayRequests.All.Any(r => methods.Contains(r.Method.ToLowerInvariant()) && path.IsMatch(r.Target.Split('?')[0])), $"No request for {name}: {string.Join(',', methods)} /{template}");
        }
    }

    [Fact]
    public async Task AnyFunction_SpoiltRequests_AreRefusedWithoutA5xxAndHarmNobody()
    {
        var count = FuzzSettings.Number("FUZZ_REQUESTS", 600);
        var seed = FuzzSettings.Number("FUZZ_SEED", 2026);
        await using var host = await StartAsync();
        var server = host.Http.BaseAddress!;
        var fuzzer = new RequestFuzzer(GatewayRequests.All, server.Authority, seed);
        var failures = new List<string>();
        var (answered, refused) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var request = fuzzer.Next();
            var answer = await RawAnswer.OfAsync(server, request);
            if (answer.Status is >= 400 and < 500) refused++;
            else answered++;
            if (AnswerFaults.Of(request, answer, IsOfTheApp(answer), Unnamed) is { } fault) failures.Add($"{i} of seed {seed}: {fault}\n{answer.Status} {answer.Body[..Math.Min(answer.Body.Length, 600)]}\n{request}");
            if (i % 250 == 249) await WorksAsync(host);
        }

        var thrown = host.Logs.All.Split('\n').Where(line => line.Contains(" 1002 ", StringComparison.Ordinal)).Distinct().Take(20);
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join("\n\n", failures.Take(FuzzSettings.Number("FUZZ_SHOWN", 12)))}\n{string.Join('\n', thrown)}");
        await WorksAsync(host);
        Assert.True(answered > count / 10 && refused > count / 4, $"{answered} answered, {refused} refused");
    }

    // What the server itself cannot read, or has no path for, does not reach the app.
    private static bool IsOfTheApp(RawAnswer answer) => answer.Headers.ContainsKey("x-gateway-overhead-ms");

    private static async Task WorksAsync(GatewayHost host)
    {
        var chat = await host.PostAsync("/v1/chat/completions", new { model = "chat", messages = new[] { new { role = "user", content = "Hello" } } });
        Assert.True(chat.Status == 200, chat.Body);
        Assert.Equal("Hello there!", chat.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    private async Task<GatewayHost> StartAsync()
    {
        InMemoryDurable? durable = null;
        var host = await GatewayHost.StartAsync(
            null,
            new() { ["DocumentStorage"] = await FreshStorageAsync(), ["Ingestion:DefaultEmbeddingsRoute"] = "embed" },
            services => services
                .AddSingleton<TokenCredential>(azure.Credential)
                .AddSingleton<HttpPipelineTransport>(new HttpClientTransport(new HttpClient(new SearchAndVault(azure.Search.BaseAddress))))
                .AddSingleton<SignalRServiceClient>(new RecordingSignalR().Client(TimeProvider.System))
                .AddSingleton<DurableTaskClient>(_ => durable!));
        host.Provider.On("/v1/chat/completions", http => AnswerAsync(host.Provider, http, isChat: true));
        host.Provider.On("/v1/completions", http => AnswerAsync(host.Provider, http, isChat: false));
        durable = new InMemoryDurable(ActivatorUtilities.CreateInstance<EvaluationActivities>(host.Services), EvaluationOrchestrator.RunAsync);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("complete", "llm/v1/completions");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings", "demo-instructor");
        await host.CreateRouteAsync("victim");
        var rag = await host.PostAsync("/api/2.0/gateway/routes", new { name = "rag", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "chat", collection = "garden", max_tokens = 20 } });
        Assert.True(rag.Status == 201, rag.Body);
        var collection = await host.SendAsync(HttpMethod.Put, "/collections/garden", new { embeddings_route = "embed" });
        Assert.True(collection.Status == 201, collection.Body);
        return host;
    }

    /// <summary>As many choices as are asked for.</summary>
    private static async Task AnswerAsync(FakeProvider provider, HttpContext http, bool isChat)
    {
        var body = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement;
        var prompts = body.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.Array && prompt.EnumerateArray().All(p => p.ValueKind is JsonValueKind.String or JsonValueKind.Array) ? prompt.GetArrayLength() : 1;
        var choices = prompts * (body.TryGetProperty("n", out var n) ? n.GetInt32() : 1);
        for (var i = 1; i < choices; i++) await FakeProvider.SendAsync(http, FakeProvider.Chunk(isChat, "Hello", "stop").Replace("\"index\":0", $"\"index\":{i}", StringComparison.Ordinal));
        await provider.StreamAsync(http, isChat, "Hello", " there", "!");
    }

    /// <summary>Azurite's one account, without what earlier tests left in its configuration.</summary>
    private async Task<string> FreshStorageAsync()
    {
        await new Azure.Storage.Blobs.BlobServiceClient(azure.Storage).GetBlobContainerClient("config").DeleteIfExistsAsync();
        return azure.Storage;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
