using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Ingestion;

/// <summary>
/// What it costs to bring documents in, over the whole local stack with the lexical demo encoder: many small ones at once, the same again unchanged, a large one with
/// small ones beside it, and the search emulator at 100,000 vectors; half as many first, to see what doubling costs, and the bytes of Durable's history table for each. Times are of the wall: the machine's load is printed with them.
/// </summary>
internal static class IngestionBenchmark
{
    private const string Route = "demo-instructor";
    private const int Uploads = 8;

    public static async Task RunAsync(int documents)
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {await LoadAsync()}, .NET {Environment.Version}, {documents} small documents.");
        using var requests = new CountedRequests();
        await using var stack = new LocalStack();
        await stack.StartAsync(requests.Settings);
        var half = await SmallAsync(stack, requests, "benchmark-half", documents / 2);
        var whole = await SmallAsync(stack, requests, "benchmark-small", documents);
        Row("twice as many, time of all", $"x {whole / half:F2}");
        await LargeAsync(stack);
        await SearchBenchmark.RunAsync(stack);
        Row("load at the end", await LoadAsync());
    }

    /// <summary>Small documents alone, of so many chunks each: half of them, then all.</summary>
    public static async Task RunSmallAsync(int documents, int chunks)
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {await LoadAsync()}, .NET {Environment.Version}, {documents} small documents of {chunks} chunks.");
        using var requests = new CountedRequests();
        await using var stack = new LocalStack();
        await stack.StartAsync(requests.Settings);
        var half = await SmallAsync(stack, requests, "benchmark-half", documents / 2, chunks, isAgain: false);
        Row("load", await LoadAsync());
        var whole = await SmallAsync(stack, requests, "benchmark-small", documents, chunks, isAgain: false);
        Row("twice as many, time of all", $"x {whole / half:F2}");
        Row("load at the end", await LoadAsync());
    }

    /// <returns>Seconds from the first drop until all are ready.</returns>
    private static async Task<double> SmallAsync(LocalStack stack, CountedRequests requests, string collection, int documents, int chunks = 1, bool isAgain = true)
    {
        await CollectAsync(stack, collection);
        using var app = new WatchedMemory(stack.ProcessId);
        var before = await HistoryBytesAsync(stack);
        var asked = requests.Read(stack);
        var seconds = await DropAsync();
        var kinds = CountedRequests.Between(asked, requests.Read(stack), documents);
        Row("requests to storage, polls and listings included, a document", $"{Of("blob")} of blobs, {Of("queue")} of queues, {Of("table")} of tables");
        foreach (var (kind, each) in kinds.Where(item => item.Each >= 0.1)) Row($"of these: {kind}", Figure(each));
        Row($"{documents} small documents at once, drop to all ready", Rate(seconds, documents));
        Row("Durable's history of them, bytes a document", $"{(await HistoryBytesAsync(stack) - before) / documents}");
        if (isAgain) Row("the same dropped again, unchanged", Rate(await DropAsync(), documents));
        Row("peak memory of the app meanwhile", $"{app.PeakMegabytes} MB");
        return seconds;

        string Of(string service) => Figure(kinds.Where(item => item.Kind.StartsWith(service, StringComparison.Ordinal)).Sum(item => item.Each));

        async Task<double> DropAsync()
        {
            var since = DateTimeOffset.UtcNow;
            await Parallel.ForAsync(0, documents, new ParallelOptions { MaxDegreeOfParallelism = Uploads }, async (i, stop) =>
                await PutAsync(stack, collection, $"n/{i}.md", string.Concat(Enumerable.Range(0, chunks).Select(j => $"# Note {i}.{j}\n\nThe plant {j} of note {i} is called specimen{i}zq{j}.\n\n")), stop));
            while (true)
            {
                var look = Stopwatch.GetTimestamp();
                var (ready, last) = await ReadySinceAsync(stack, collection, since);
                if (ready >= documents) return (last - since).TotalSeconds;
                // Looking at thousands of statuses keeps storage busy too.
                await Task.Delay(TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(2).Ticks, 10 * Stopwatch.GetElapsedTime(look).Ticks)));
            }
        }
    }

    private static async Task LargeAsync(LocalStack stack)
    {
        const string Collection = "benchmark-large";
        await CollectAsync(stack, Collection);
        var text = new StringBuilder("# Large\n\n");
        for (var i = 0; text.Length < 5 * 1024 * 1024; i++)
            text.Append(CultureInfo.InvariantCulture, $"Specimen {i:D7} likes shade and needs water once a week in the summer months, and a place that is not too warm in winter.\n\n");
        using var app = new WatchedMemory(stack.ProcessId);
        var clock = Stopwatch.StartNew();
        await PutAsync(stack, Collection, "large.md", text.ToString(), CancellationToken.None);
        var beside = new List<double>();
        while (await StateAsync(stack, Collection, "large.md") is not ("ready" or "failed"))
        {
            var small = Stopwatch.StartNew();
            var path = $"small-{beside.Count}.md";
            await PutAsync(stack, Collection, path, $"# Small\n\nNumber {beside.Count} beside it.\n", CancellationToken.None);
            while (await StateAsync(stack, Collection, path) is not "ready") await Task.Delay(100);
            beside.Add(small.Elapsed.TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(3));
        }

        Row("a document of 5 MB, drop to ready", $"{clock.Elapsed.TotalSeconds:F0} s, {await StateAsync(stack, Collection, "large.md")}");
        Row("a small one beside it, median", beside.Count == 0 ? "none" : $"{beside.Order().ElementAt(beside.Count / 2):F1} s of {beside.Count}");
        Row("peak memory of the app meanwhile", $"{app.PeakMegabytes} MB");
    }

    // Names and values of the table that the hub of host.json keeps its history in, as text.
    private static async Task<long> HistoryBytesAsync(LocalStack stack)
    {
        var history = new TableClient(stack.Endpoints.GetProperty("storageConnectionString").GetString(), "serverlessHistory");
        var bytes = 0L;
        await foreach (var row in history.QueryAsync<TableEntity>()) bytes += row.Sum(item => item.Key.Length + (item.Value?.ToString()?.Length ?? 0));
        return bytes;
    }

    private static string Figure(double each) => each.ToString("F1", CultureInfo.InvariantCulture);

    internal static void Row(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");

    private static string Rate(double seconds, int documents) => $"{seconds:F0} s, {documents / seconds:F1} a second";

    private static async Task CollectAsync(LocalStack stack, string collection)
    {
        var (status, body) = await stack.Http.SendAsync(HttpMethod.Put, $"/collections/{collection}", new { embeddings_route = Route });
        if ((int)status is not (200 or 201)) throw new InvalidOperationException(body.ToString());
    }

    private static async Task PutAsync(LocalStack stack, string collection, string path, string text, CancellationToken cancellationToken)
    {
        using var content = new StringContent(text, Encoding.UTF8, "text/markdown");
        using var response = await stack.Http.PutAsync($"/collections/{collection}/documents/{path}", content, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string?> StateAsync(LocalStack stack, string collection, string path) =>
        (await stack.DocumentAsync(collection, path))?.GetProperty("state").GetString();

    /// <returns>How many are ready, and since when the last of them is.</returns>
    private static async Task<(int Count, DateTimeOffset Last)> ReadySinceAsync(LocalStack stack, string collection, DateTimeOffset since)
    {
        var (ready, last) = (0, since);
        string? token = null;
        do
        {
            var page = await stack.Http.GetFromJsonAsync<JsonElement>(
                $"/collections/{collection}/documents?top=1000" + (token is null ? "" : $"&page_token={Uri.EscapeDataString(token)}"));
            foreach (var item in page.GetProperty("documents").EnumerateArray())
            {
                if (item.GetProperty("state").GetString() != "ready" || item.GetProperty("updated_at").GetDateTimeOffset() is var at && at < since) continue;
                ready++;
                last = at > last ? at : last;
            }

            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        return (ready, last);
    }

    internal static async Task<string> LoadAsync() => File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0] : "unknown";
}
