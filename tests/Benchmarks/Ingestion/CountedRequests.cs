using System.Globalization;
using System.Text.Json;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>How many requests the stack's storage has been asked, by service: counted in Azurite's own process by count-requests.cjs.</summary>
internal sealed class CountedRequests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("benchmark-requests-").FullName;

    /// <summary>What the stack is to be started with.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["NODE_OPTIONS"] = $"--require {Path.Combine(AppContext.BaseDirectory, "count-requests.cjs")}",
        ["BENCHMARK_REQUESTS"] = Path.Combine(_folder, "counts"),
    };

    /// <summary>Of blobs, queues and tables, up to a quarter of a second ago.</summary>
    public (long Blob, long Queue, long Table) Read(LocalStack stack)
    {
        var counts = Directory.EnumerateFiles(_folder, "*.json")
            .SelectMany(file => JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(file))!)
            .ToLookup(item => int.Parse(item.Key.Split(' ')[0], CultureInfo.InvariantCulture), item => item.Value);
        return (Of("blob"), Of("queue"), Of("table"));

        long Of(string service) => counts[new Uri(stack.Endpoints.GetProperty(service).GetString()!).Port].Sum();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
