using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>
/// How long documents take to be ready when hosts, or their apps, are killed at random moments while they come in: rounds of small documents, of which each also deletes those of the
/// round before and has one done again, and a kill or two in each. What is late is told of with where it stood: its status, its orchestrations, the partitions' owners.
/// </summary>
/// <param name="rounds">Kills, or pairs of them.</param>
/// <param name="instances">Hosts, 1..8.</param>
/// <param name="spinners">Threads that only keep processors busy.</param>
/// <param name="seed">Of what is killed, and when.</param>
internal sealed class KillBenchmark(int rounds, int instances, int spinners, int seed)
{
    private const string Collection = "kills";
    private const string Host = "Serverless.FunctionsHost.dll";
    private const int Documents = 24;
    private const int KillsOfOneHost = 4;
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(12);

    private readonly Random _random = new(seed);
    private readonly List<double> _slowest = [];
    private readonly Dictionary<int, int> _kills = [];

    public async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {await IngestionBenchmark.LoadAsync()}, .NET {Environment.Version}, {rounds} rounds, {instances} hosts, {spinners} busy threads, seed {seed}.");
        using var stop = new CancellationTokenSource();
        for (var i = 0; i < spinners; i++) new Thread(() => Spin(stop.Token)) { IsBackground = true }.Start();
        await using var stack = new LocalStack();
        await StartAsync(stack);
        var (status, body) = await stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "demo-instructor", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "demo-instructor" } });
        if ((int)status is not (200 or 201)) throw new InvalidOperationException(body.ToString());
        (status, body) = await stack.Http.SendAsync(HttpMethod.Put, $"/collections/{Collection}", new { embeddings_route = "demo-instructor" });
        if ((int)status is not (200 or 201)) throw new InvalidOperationException(body.ToString());
        for (var round = 0; round < rounds; round++)
        {
            if (_kills.Values.Any(count => count >= KillsOfOneHost))
            {
                // More crashes in a row end a host's supervision.
                await stack.StopAsync();
                await StartAsync(stack);
            }

            await RoundAsync(stack, round);
        }

        await stop.CancelAsync();
        var sorted = _slowest.Order().ToList();
        IngestionBenchmark.Row("slowest document of a round, seconds after the last kill", string.Create(CultureInfo.InvariantCulture, $"median {sorted[sorted.Count / 2]:F1}, nine in ten {sorted[sorted.Count * 9 / 10]:F1}, most {sorted[^1]:F1}"));
    }

    private async Task StartAsync(LocalStack stack)
    {
        await stack.StartAsync("--no-samples", "--instances", instances.ToString(CultureInfo.InvariantCulture));
        _kills.Clear();
    }

    private async Task RoundAsync(LocalStack stack, int round)
    {
        var container = stack.Documents();
        var pace = _random.Next(0, 60);
        var upload = Task.Run(async () =>
        {
            for (var i = 0; i < Documents; i++)
            {
                await container.GetBlobClient($"{Collection}/{round}-{i}.md").UploadAsync(BinaryData.FromString($"# Note {i}\n\nThe plant of note {round} {i} is called specimen{i}zq{round}.\n"), overwrite: true);
                if (round > 0) await container.GetBlobClient($"{Collection}/{round - 1}-{i}.md").DeleteIfExistsAsync();
                if (pace > 0) await Task.Delay(pace);
            }
        });
        await Task.Delay(_random.Next(0, 3000));
        var what = await KillAsync(stack);
        if (_random.Next(3) == 0)
        {
            await Task.Delay(_random.Next(0, 6000));
            what += ", " + await KillAsync(stack);
        }

        var clock = Stopwatch.StartNew();
        await upload;
        var waiting = Enumerable.Range(0, Documents).Select(i => $"{round}-{i}.md").ToHashSet(StringComparer.Ordinal);
        if (round > 0) waiting.UnionWith(Enumerable.Range(0, Documents).Select(i => $"{round - 1}-{i}.md"));
        var told = Late;
        while (waiting.Count > 0 && clock.Elapsed < Lost)
        {
            foreach (var path in waiting.ToList())
            {
                if (await IsDoneAsync(stack, path, round)) waiting.Remove(path);
            }

            if (clock.Elapsed >= told && waiting.Count > 0)
            {
                Console.WriteLine($"  round {round}, {clock.Elapsed.TotalSeconds:F0} s after killing {what}: {waiting.Count} wait");
                await TellAsync(stack, waiting);
                told += Late;
            }

            await Task.Delay(200);
        }

        _slowest.Add(clock.Elapsed.TotalSeconds);
        Console.WriteLine($"| {round} | {what} | {clock.Elapsed.TotalSeconds:F1} s | load {await IngestionBenchmark.LoadAsync()} |");
    }

    private static async Task<bool> IsDoneAsync(LocalStack stack, string path, int round)
    {
        try
        {
            var state = (await stack.DocumentAsync(Collection, path))?.GetProperty("state").GetString();
            if (state == "failed") Console.WriteLine($"  {path} failed");
            return path.StartsWith($"{round}-", StringComparison.Ordinal) ? state is "ready" or "failed" : state is null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private async Task<string> KillAsync(LocalStack stack)
    {
        var hosts = ProcessTree.Running(stack.ProcessId, Host);
        if (hosts.Count == 0) return "nothing";
        var host = hosts[_random.Next(hosts.Count)];
        var name = ProcessTree.CommandLine(host).Split("--instance ")[1].Split(' ')[0];
        var isApp = _random.Next(4) == 0;
        var victim = host;
        if (isApp)
        {
            var apps = ProcessTree.Children(host);
            if (apps.Count == 0) return "nothing";
            victim = apps[0];
        }
        else
        {
            var index = name[^1] - '0';
            _kills[index] = _kills.GetValueOrDefault(index) + 1;
        }

        try
        {
            Process.GetProcessById(victim).Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return "nothing";
        }

        return (isApp ? "app of " : string.Empty) + name;
    }

    private static async Task TellAsync(LocalStack stack, IEnumerable<string> waiting)
    {
        var storage = stack.Endpoints.GetProperty("storageConnectionString").GetString();
        var partitions = new List<string>();
        await foreach (var row in new TableClient(storage, "serverlessPartitions").QueryAsync<TableEntity>())
            partitions.Add($"{row.RowKey[^2..]}: {row.GetString("CurrentOwner")} next {row.GetString("NextOwner")} drains {row.GetBoolean("IsDraining")} expires {(row.GetDateTimeOffset("ExpiresAt") - DateTimeOffset.UtcNow)?.TotalSeconds:F0} s");
        Console.WriteLine("    " + string.Join("; ", partitions));
        foreach (var name in (string[])["document-events", "document-events-poison", "serverless-workitems", "serverless-control-00", "serverless-control-01", "serverless-control-02", "serverless-control-03"])
        {
            var queue = new QueueClient(storage, name);
            Console.Write($"    {name} {(await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount} ({(await queue.PeekMessagesAsync(32)).Value.Length} visible)");
        }

        Console.WriteLine();
        var instances = new TableClient(storage, "serverlessInstances");
        foreach (var path in waiting.Take(4))
        {
            var blob = new BlobContainerClient(storage, "status").GetBlobClient($"{Collection}/{path}");
            var metadata = await blob.ExistsAsync() ? (await blob.GetPropertiesAsync()).Value.Metadata : new Dictionary<string, string>();
            Console.WriteLine($"    {path}: {string.Join(", ", metadata.Select(item => $"{item.Key}={item.Value}"))}");
            var key = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{Collection}/{path}")));
            string[] ids = [$"doc-{key}", .. metadata.Values.Where(value => value.StartsWith("docs-", StringComparison.Ordinal))];
            foreach (var id in ids)
            {
                await foreach (var row in instances.QueryAsync<TableEntity>(entity => entity.PartitionKey == id))
                    Console.WriteLine($"      {id[..12]}: {row.GetString("RuntimeStatus")} created {row.GetDateTimeOffset("CreatedTime"):HH:mm:ss} updated {row.GetDateTimeOffset("LastUpdatedTime"):HH:mm:ss}, now {DateTimeOffset.UtcNow:HH:mm:ss}");
            }
        }
    }

    private static void Spin(CancellationToken stop)
    {
        var value = 1.0;
        while (!stop.IsCancellationRequested) value = Math.Sqrt(value + 1);
        GC.KeepAlive(value);
    }
}
