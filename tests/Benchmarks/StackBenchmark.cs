using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks;

/// <summary>
/// The figures of the whole stack on this machine: starts, memory, ingestion, answers over HTTP and over SignalR, and what the gateway adds
/// to a request, beside the same request sent to the worker itself.
/// </summary>
internal static class StackBenchmark
{
    private const string Question = "Why is my Fiddle Fig tree dropping its leaves?";
    private const int Samples = 15;

    public static async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {Environment.OSVersion}, .NET {Environment.Version}. Medians of {Samples}, after two to warm up.");
        await using var stack = new LocalStack();
        var cold = await TimeAsync(() => stack.StartAsync());
        Row("first start, samples ingested, to `ready`", $"{cold:F1} s");
        await stack.StopAsync();
        var warm = await TimeAsync(() => stack.StartAsync());
        Row("warm start to `ready`", $"{warm:F1} s");

        await HttpAsync(stack);
        await SignalRAsync(stack);
        await OverheadAsync(stack);
        await IngestAsync(stack);
        Row("resident memory of the whole stack (sum of RSS)", $"{ResidentMegabytes(stack.ProcessId):F0} MB");
    }

    private static async Task IngestAsync(LocalStack stack)
    {
        var text = new StringBuilder("# Twenty pages\n\n");
        for (var page = 0; page < 20; page++)
        {
            text.Append(CultureInfo.InvariantCulture, $"## Chapter {page}\n\n");
            for (var i = 0; i < 30; i++) text.Append(CultureInfo.InvariantCulture, $"Plant number {page * 30 + i} of the garden wants sun in the morning, water in the evening and a spade of compost in spring. ");
            text.Append("\n\n");
        }

        var seconds = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var path = $"benchmark-{round}.md";
            var body = text.ToString().Replace("Plant", $"Plant{round}", StringComparison.Ordinal);
            seconds.Add(await TimeAsync(() => stack.DropAsync("gardening", path, body)));
        }

        var status = await stack.DocumentAsync("gardening", "benchmark-0.md");
        Row($"20-page Markdown file ({text.Length / 1000} kB, {status!.Value.GetProperty("chunks")} chunks), upload to searchable", $"{Median(seconds):F2} s");
        for (var round = 0; round < 5; round++) await stack.Documents().GetBlobClient($"gardening/benchmark-{round}.md").DeleteAsync();
    }

    private static async Task HttpAsync(LocalStack stack)
    {
        var first = new List<double>();
        var rate = new List<double>();
        for (var i = -2; i < Samples; i++)
        {
            var (ttft, tokensPerSecond) = await StreamAsync(stack.Http, "gardening", "/v1/chat/completions", Question);
            if (i < 0) continue;
            first.Add(ttft);
            rate.Add(tokensPerSecond);
        }

        Row("question to first token, HTTP (embed, search, prefill)", $"{Median(first):F0} ms");
        Row("tokens per second, HTTP", $"{Median(rate):F0}");
    }

    private static async Task<(double FirstMs, double TokensPerSecond)> StreamAsync(HttpClient http, string model, string path, string question)
    {
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(new { model, stream = true, stream_options = new { include_usage = true }, messages = new[] { new { role = "user", content = question } } }),
        };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        double first = 0, last = 0;
        var tokens = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal)) continue;
            var chunk = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object) tokens = usage.GetProperty("completion_tokens").GetInt32();
            if (!chunk.GetProperty("choices").EnumerateArray().Any(c => c.GetProperty("delta").TryGetProperty("content", out var text) && text.GetString()?.Length > 0)) continue;
            last = clock.Elapsed.TotalMilliseconds;
            if (first == 0) first = last;
        }

        return (first, (tokens - 1) / ((last - first) / 1000));
    }

    private static async Task SignalRAsync(LocalStack stack)
    {
        var first = new List<double>();
        var rate = new List<double>();
        var messages = 0;
        for (var i = -2; i < Samples; i++)
        {
            var seen = JsonDocument.Parse(await NodeScript.RunAsync("signalr.mjs", stack.Http.BaseAddress!.ToString().TrimEnd('/'), "gardening", Question)).RootElement;
            if (i < 0) continue;
            var all = seen.GetProperty("messages").EnumerateArray().ToList();
            var asked = seen.GetProperty("askedAt").GetDouble();
            first.Add(all[0].GetProperty("at").GetDouble() - asked);
            var tokens = all[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32();
            rate.Add((tokens - 1) / ((all[^1].GetProperty("at").GetDouble() - all[0].GetProperty("at").GetDouble()) / 1000));
            messages = all.Count;
        }

        Row("question to first token, SignalR", $"{Median(first):F0} ms");
        Row("tokens per second, SignalR", $"{Median(rate):F0} ({messages} messages an answer)");
    }

    private static async Task OverheadAsync(LocalStack stack)
    {
        var said = new List<double>();
        var through = new List<double>();
        var direct = new List<double>();
        var body = new { model = "demo-llama", prompt = "[INST] Say something about roses. [/INST]", max_tokens = 8, temperature = 0 };
        for (var i = -5; i < 100; i++)
        {
            var clock = Stopwatch.StartNew();
            using var viaGateway = await stack.Http.PostAsync("/v1/completions", JsonContent.Create(body));
            await viaGateway.Content.ReadAsByteArrayAsync();
            var a = clock.Elapsed.TotalMilliseconds;
            clock.Restart();
            using var viaWorker = await stack.Worker.PostAsync("/v1/completions", JsonContent.Create(body));
            await viaWorker.Content.ReadAsByteArrayAsync();
            var b = clock.Elapsed.TotalMilliseconds;
            viaGateway.EnsureSuccessStatusCode();
            viaWorker.EnsureSuccessStatusCode();
            if (i < 0) continue;
            said.Add(double.Parse(viaGateway.Headers.GetValues("x-gateway-overhead-ms").Single(), CultureInfo.InvariantCulture));
            through.Add(a);
            direct.Add(b);
        }

        Row("gateway overhead per request, x-gateway-overhead-ms", $"median {Median(said):F2} ms, p99 {Percentile(said, .99):F2} ms");
        Row("8 tokens through the gateway / from the worker itself", $"{Median(through):F1} / {Median(direct):F1} ms (ratio {Median(through) / Median(direct):F2})");
    }

    /// <summary>The process, its children and theirs, in MB of 2^20 bytes; shared pages count once for each process, so this is an upper bound.</summary>
    private static double ResidentMegabytes(int root)
    {
        var parents = new Dictionary<int, int>();
        var resident = new Dictionary<int, double>();
        foreach (var process in Process.GetProcesses())
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process.Id}/stat");
                parents[process.Id] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
                resident[process.Id] = process.WorkingSet64 / 1048576.0;
            }
            catch (IOException)
            {
                // It has ended since it was listed.
            }
        }

        bool Belongs(int pid) => pid == root || (parents.TryGetValue(pid, out var parent) && parent > 1 && Belongs(parent));
        return resident.Where(p => Belongs(p.Key)).Sum(p => p.Value);
    }

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        var clock = Stopwatch.StartNew();
        await action();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => Percentile(values, .5);

    private static double Percentile(List<double> values, double p)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(p * sorted.Count))];
    }

    private static void Row(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");
}
