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

    /// <summary>By service, method and container, queue or table, up to a quarter of a second ago.</summary>
    public IReadOnlyDictionary<string, long> Read(LocalStack stack)
    {
        var services = ((string[])["blob", "queue", "table"]).ToDictionary(service => new Uri(stack.Endpoints.GetProperty(service).GetString()!).Port.ToString(CultureInfo.InvariantCulture));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (key, count) in Directory.EnumerateFiles(_folder, "*.json").SelectMany(file => JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(file))!))
        {
            var port = key.Split(' ')[0];
            if (services.TryGetValue(port, out var service)) counts[service + key[port.Length..]] = counts.GetValueOrDefault(service + key[port.Length..]) + count;
        }

        return counts;
    }

    /// <summary>What was asked between two readings, for each of so many documents.</summary>
    public static IReadOnlyList<(string Kind, double Each)> Between(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after, int documents)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return [.. after.Select(item => (item.Key, (item.Value - before.GetValueOrDefault(item.Key)) / (double)documents)).OrderByDescending(item => item.Item2)];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
