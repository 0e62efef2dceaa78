using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>The search emulator with 100,000 chunks of 384 numbers: by vector, by words and by both, with the filter that the app sends.</summary>
internal static class SearchBenchmark
{
    private const int Chunks = 100_000;
    private const int Dimensions = 384;
    private const int Batch = 500;
    private const int Queries = 101;
    private const string Version = "api-version=2023-11-01";
    private static readonly string[] Words = [.. Enumerable.Range(0, 5000).Select(i => $"word{i}")];

    /// <summary>By itself, beside an idle stack.</summary>
    public static async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {await IngestionBenchmark.LoadAsync()}, .NET {Environment.Version}.");
        await using var stack = new LocalStack();
        await stack.StartAsync();
        await RunAsync(stack);
        IngestionBenchmark.Row("load at the end", await IngestionBenchmark.LoadAsync());
    }

    public static async Task RunAsync(LocalStack stack)
    {
        using var http = new HttpClient { BaseAddress = new Uri(stack.Endpoints.GetProperty("searchEndpoint").GetString()!) };
        http.DefaultRequestHeaders.Add("api-key", stack.Endpoints.GetProperty("searchKey").GetString());
        var random = new Random(7);
        await SendAsync(http, "/indexes", new
        {
            name = "benchmark",
            fields = new object[]
            {
                new { name = "id", type = "Edm.String", key = true },
                new { name = "collection", type = "Edm.String", filterable = true },
                new { name = "text", type = "Edm.String", searchable = true },
                new { name = "embedding", type = "Collection(Edm.Single)", searchable = true, dimensions = Dimensions, vectorSearchProfile = "p" },
            },
            vectorSearch = new { profiles = new[] { new { name = "p", algorithm = "a" } }, algorithms = new[] { new { name = "a", kind = "hnsw", hnswParameters = new { metric = "cosine" } } } },
        });
        var clock = Stopwatch.StartNew();
        for (var from = 0; from < Chunks; from += Batch)
        {
            await SendAsync(http, "/indexes('benchmark')/docs/search.index", new
            {
                value = Enumerable.Range(from, Batch).Select(i => new { id = $"c{i}", collection = i % 2 == 0 ? "even" : "odd", text = Text(random, 60), embedding = Vector(random) }),
            });
        }

        IngestionBenchmark.Row($"{Chunks} chunks of {Dimensions} numbers written to the emulator", $"{clock.Elapsed.TotalSeconds:F0} s");
        const string Filter = "collection eq 'even'";
        await TimeAsync(http, random, "by vector, filtered", () => new { vectorQueries = Query(random), filter = Filter, top = 50, select = "id" });
        await TimeAsync(http, random, "by words, filtered", () => new { search = Text(random, 4), filter = Filter, top = 50, select = "id" });
        await TimeAsync(http, random, "by both, filtered", () => new { search = Text(random, 4), vectorQueries = Query(random), filter = Filter, top = 50, select = "id" });
    }

    private static async Task TimeAsync(HttpClient http, Random random, string what, Func<object> body)
    {
        var milliseconds = new List<double>();
        for (var i = -5; i < Queries; i++)
        {
            var sent = JsonSerializer.Serialize(body());
            var clock = Stopwatch.StartNew();
            await SendAsync(http, "/indexes('benchmark')/docs/search.post.search", JsonDocument.Parse(sent).RootElement);
            if (i >= 0) milliseconds.Add(clock.Elapsed.TotalMilliseconds);
        }

        milliseconds.Sort();
        IngestionBenchmark.Row($"search {what}, p50 and p95 of {Queries}, over HTTP", $"{milliseconds[Queries / 2]:F1} ms, {milliseconds[Queries * 95 / 100]:F1} ms");
    }

    private static object[] Query(Random random) => [new { kind = "vector", vector = Vector(random), k = 50, fields = "embedding" }];

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Words[random.Next(Words.Length)]));

    private static float[] Vector(Random random) => [.. Enumerable.Range(0, Dimensions).Select(_ => (random.NextSingle() * 2) - 1)];

    private static async Task SendAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync($"{path}?{Version}", body);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        await response.Content.CopyToAsync(Stream.Null);
    }
}
