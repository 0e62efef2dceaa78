using System.Text.Json;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;
using AzureTransport = Azure.Core.Pipeline.HttpClientTransport;

namespace Serverless.Functions.Tests.Mcp;

/// <summary>A gateway that asks for keys, over Azurite and the emulator of AI Search, with documents in it and the SDK's own client before it.</summary>
internal sealed class McpHost : IAsyncDisposable
{
    public const string Op = GatewayHost.OperatorKey;

    private readonly AzureServices _azure;

    private McpHost(AzureServices azure, GatewayHost gateway) => (_azure, Gateway) = (azure, gateway);

    public GatewayHost Gateway { get; }

    /// <summary>The MCP endpoint.</summary>
    public Uri Address => new(Gateway.Http.BaseAddress!, "mcp");

    public static async Task<McpHost> StartAsync(AzureServices azure, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        // One account for all tests of the collection, without what earlier ones left.
        var blobs = new BlobServiceClient(azure.Storage);
        foreach (var container in (string[])["config", "documents", "extracted", "limits"]) await blobs.GetBlobContainerClient(container).DeleteIfExistsAsync();
        var gateway = await GatewayHost.StartAsync(
            null,
            new Dictionary<string, string?>(settings ?? [])
            {
                ["DocumentStorage"] = azure.Storage,
                ["Gateway:AnonymousAccess"] = "none",
                ["Gateway:OperatorKey"] = Op,
                ["Gateway:RouteCacheSeconds"] = "0",
                ["Gateway:ClientCheckSeconds"] = "0",
            },
            with =>
            {
                with.AddSingleton<TokenCredential>(azure.Credential).AddSingleton<Azure.Core.Pipeline.HttpPipelineTransport>(new AzureTransport(new HttpClient(new SearchAndVault(azure.Search.BaseAddress))));
                services?.Invoke(with);
            });
        gateway.Provider.On("/v1/embeddings", async http =>
        {
            var input = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement.GetProperty("input");
            var texts = input.ValueKind == JsonValueKind.Array ? [.. input.EnumerateArray().Select(text => text.GetString()!)] : new[] { input.GetString()! };
            var data = texts.Select((text, index) => new { @object = "embedding", index, embedding = LexicalGateway.VectorOf(text, ChunkOfTest.Dimensions).ToArray() });
            await FakeProvider.Json(http, new { @object = "list", data, model = "lexical", usage = new { prompt_tokens = 5, total_tokens = 5 } });
        });
        var host = new McpHost(azure, gateway);
        await host.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "embed", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "lexical" } });
        await host.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "writer", route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = "demo-llama" } });
        return host;
    }

    /// <summary>Makes a collection and, unless <paramref name="route"/> is null, a rag route over it.</summary>
    public async Task AddCollectionAsync(string collection, string? route, string[]? groups = null)
    {
        await SendAsync(HttpMethod.Put, $"/collections/{collection}", new { embeddings_route = "embed", groups = groups ?? [] });
        if (route is not null) await AddRouteAsync(route, collection);
    }

    /// <summary>Makes a rag route over a collection.</summary>
    /// <param name="reranker">A rerank route; null for none.</param>
    public Task AddRouteAsync(string name, string collection, string? reranker = null) => SendAsync(
        HttpMethod.Post,
        "/api/2.0/gateway/routes",
        new { name, route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "writer", collection, max_tokens = 20, relevance_floor = 0.05, refusal = "The documents do not say.", rerank = reranker is null ? null : new { route = reranker } } });

    /// <summary>A document as ingestion leaves it: its blob, its text, and one chunk of all of it, or of each paragraph.</summary>
    public async Task AddDocumentAsync(string collection, string path, string text, string[]? groups = null, (string Name, string Value)? metadata = null)
    {
        var document = new DocumentName(collection, path);
        var kept = new Dictionary<string, string>();
        if (groups is not null) kept["groups"] = string.Join(',', groups);
        if (metadata is var (entry, said)) kept[entry] = said;
        var container = new BlobServiceClient(_azure.Storage).GetBlobContainerClient("documents");
        await container.CreateIfNotExistsAsync();
        await container.GetBlobClient(document.BlobName).UploadAsync(BinaryData.FromString(text), new BlobUploadOptions { Metadata = kept });
        await Gateway.Services.GetRequiredService<DocumentBlobs>().PublishTextAsync(document, text, default);
        var chunks = new List<IndexedChunk>();
        foreach (var paragraph in text.Split("\n\n"))
        {
            var start = text.IndexOf(paragraph, StringComparison.Ordinal);
            chunks.Add(ChunkOfTest.Create(chunks.Count, paragraph, groups ?? [], null, metadata is var (key, value) ? new Dictionary<string, string> { [key] = value } : null) with
            {
                Id = $"{document.Key}-{chunks.Count}",
                Collection = collection,
                Document = path,
                DocumentKey = document.Key,
                Start = start,
                End = start + paragraph.Length,
                Ordinal = chunks.Count,
            });
        }

        await Gateway.Services.GetRequiredService<ChunkWriter>().UploadAsync(IndexName.For("embed"), chunks, default);
    }

    /// <summary>A client's key.</summary>
    public async Task<string> KeyAsync(object client) => (await SendAsync(HttpMethod.Post, "/clients", client)).GetProperty("key").GetString()!;

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
    {
        var answer = await Gateway.SendAsync(method, path, body, Op);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return answer.Json;
    }

    /// <param name="version">Of the protocol; null for what the SDK's client and server agree upon.</param>
    public Task<McpClient> ConnectAsync(string key, string? version = null)
    {
        var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = Address,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}" },
        });
        return McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = version, ClientInfo = new Implementation { Name = "tests", Version = "1.0.0" } });
    }

    /// <summary>A message of JSON-RPC as it is, and what came back: the status and, of an event stream, the last event.</summary>
    public async Task<GatewayHost.Answer> PostAsync(string body, string? key = Op, params (string Name, string Value)[] headers)
    {
        var answer = await Gateway.SendAsync(HttpMethod.Post, "/mcp", body, key, [("Accept", "application/json, text/event-stream"), .. headers]);
        var data = answer.Body.Split('\n').LastOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal));
        return data is null ? answer : answer with { Body = data["data: ".Length..] };
    }

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
}
