using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.EndToEnd.Tests;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Routes;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// What the app's own code costs, on a bare Kestrel beside a bare YARP, without the Functions SDK, its host and the rest of the stack: with no telemetry, with metrics that
/// are scraped, and with traces and metrics sent to a collector; and what it holds in memory over many requests, routes and clients.
/// </summary>
internal static class CodeBenchmark
{
    private const string Account = "code";
    private const int Routes = 10_000;
    private const int Clients = 100_000;

    public static async Task RunAsync(int rounds)
    {
        await using var azurite = await AzuriteProcess.StartIdleAsync(Account);
        var (upstream, yarp, collector) = (FreePort.Find(), FreePort.Find(), FreePort.Find());
        var key = await PrepareAsync(azurite, upstream);
        await using var up = await MeasuredProcess.StartAsync(upstream, "gateway-upstream", Text(upstream));
        await using var otlp = await MeasuredProcess.StartAsync(collector, "gateway-upstream", Text(collector));
        await using var forwarder = await MeasuredProcess.StartAsync(yarp, "gateway-yarp", Text(yarp), Text(upstream));
        (string Name, string[] Settings)[] ways =
        [
            ("app, no telemetry", ["Telemetry:Prometheus=false"]),
            ("app, metrics for /metrics", []),
            ("app, traces and metrics over OTLP", [$"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{Text(collector)}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]),
        ];
        var apps = new List<(string Name, int Port, MeasuredProcess Process)>();
        foreach (var (name, settings) in ways)
        {
            var port = FreePort.Find();
            apps.Add((name, port, await MeasuredProcess.StartAsync(port, ["gateway-app", Text(port), azurite.ConnectionString(Account), Allowed(upstream), .. settings])));
        }

        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {AppInstance.Load()}, {Environment.OSVersion}, .NET {Environment.Version}. {LoadGenerator.Connections} connections, medians of {rounds} rounds of {Comparison.RoundTime.TotalSeconds} s in alternation; a client's key, limits of calls and tokens on client and route, metering.");
        foreach (var isStream in (bool[])[false, true])
        {
            Contender[] contenders =
            [
                new("upstream itself", upstream, null, []),
                new("bare YARP", yarp, null, [("", forwarder)]),
                .. apps.Select(a => new Contender(a.Name, a.Port, key, [("", a.Process)])),
            ];
            await Comparison.RunAsync(contenders, isStream, rounds);
        }

        Console.WriteLine($"Load at the end {AppInstance.Load()}.");
        foreach (var app in apps) await app.Process.DisposeAsync();
    }

    /// <summary>Resident memory while requests come, then with very many routes listed and clients seen.</summary>
    public static async Task MemoryAsync(int requests)
    {
        await using var azurite = await AzuriteProcess.StartIdleAsync(Account);
        var (upstream, port) = (FreePort.Find(), FreePort.Find());
        var key = await PrepareAsync(azurite, upstream);
        await using var up = await MeasuredProcess.StartAsync(upstream, "gateway-upstream", Text(upstream));
        await using var app = await MeasuredProcess.StartAsync(port, "gateway-app", Text(port), azurite.ConnectionString(Account), Allowed(upstream));
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, load {AppInstance.Load()}, .NET {Environment.Version}; {requests} requests, half of them streams of {FixedUpstream.Chunks} chunks.");
        Console.WriteLine("| | requests | resident MiB |\n|---|--:|--:|");
        var sent = 0;
        Row("started");
        for (var part = 1; part <= 8; part++)
        {
            for (var isStream = false; sent < (long)requests * part / 8; isStream = !isStream)
                sent += new LoadGenerator(port, key, Comparison.Body(isStream)).Run(TimeSpan.FromSeconds(1), null).Whole.Count;
            Row("");
        }

        await FillAsync(azurite, key);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        // The lists of all clients are read by keys of each of their shards.
        for (var shard = 0; shard < 256; shard++)
        {
            using var probe = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Authorization = new("Bearer", ClientKey.NewKey(string.Create(CultureInfo.InvariantCulture, $"{shard:x2}{new string('0', 14)}"))) } };
            (await http.SendAsync(probe)).Dispose();
        }

        Row($"{Clients} clients read");
        for (var i = 0; i < 5; i++) await http.GetByteArrayAsync("/v1/models");
        Row($"and {Routes} routes listed");
        for (var i = 0; i < 4; i++) sent += new LoadGenerator(port, key, Comparison.Body(i % 2 == 1)).Run(TimeSpan.FromSeconds(2), null).Whole.Count;
        Row("and more requests");
        Console.WriteLine($"Load at the end {AppInstance.Load()}.");

        void Row(string name) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {sent} | {app.ResidentBytes >> 20} |"));
    }

    /// <summary>A route at the upstream, a client, and limits that are kept count of and never reached.</summary>
    private static async Task<string> PrepareAsync(AzuriteProcess azurite, int upstream)
    {
        await using var instance = AppInstance.Of(azurite.ConnectionString(Account), ("Gateway:AllowedHosts", Allowed(upstream)));
        var body = JsonSerializer.SerializeToElement(new
        {
            name = "fixed",
            route_type = "llm/v1/chat",
            model = new { provider = "openai", name = "fixed", openai_config = new { openai_api_base = $"http://127.0.0.1:{upstream}/v1" } },
        });
        await instance.GetRequiredService<RouteCatalog>().CreateAsync(body, default);
        var id = ClientKey.NewId();
        var key = ClientKey.NewKey(id);
        var now = TimeProvider.System.GetUtcNow();
        await instance.GetRequiredService<ClientStore>().AddAsync(new ClientRecord { Id = id, Name = "benchmark", Keys = [StoredKey.Of(key, now)], CreatedAt = now }, default);
        LimitEntry Calls(string? k) => new() { Calls = 1_000_000_000, RenewalPeriod = "day", Key = k };
        LimitEntry Tokens(string? k) => new() { Tokens = 1_000_000_000_000, RenewalPeriod = "day", Key = k };
        var limits = instance.GetRequiredService<LimitStore>();
        await limits.ReplaceAsync(LimitStore.Route("fixed"), [Calls("route"), Tokens("route")], default);
        await limits.ReplaceAsync(LimitStore.Client(id), [Calls(null), Tokens(null)], default);
        return key;
    }

    /// <summary>Very many routes and clients, straight into storage.</summary>
    private static async Task FillAsync(AzuriteProcess azurite, string key)
    {
        await using var instance = AppInstance.Of(azurite.ConnectionString(Account));
        var config = instance.GetRequiredService<ConfigStore>();
        await RoutesBenchmark.FillAsync(instance, [.. Enumerable.Range(0, Routes).Select(i => $"route-{i:d6}")]);
        var now = TimeProvider.System.GetUtcNow();
        var own = ClientKey.IdOf(key)!;
        for (var shard = 0; shard < 256; shard++)
        {
            var blob = string.Create(CultureInfo.InvariantCulture, $"clients/{shard:x2}.json");
            var there = await config.ReadAsync<ClientList>(blob, default);
            var clients = Enumerable.Range(0, Clients / 256)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"{shard:x2}{i:x14}"))
                .Select(id => new ClientRecord { Id = id, Name = $"client {id}", Keys = [StoredKey.Of(id, now)], CreatedAt = now })
                .ToDictionary(c => c.Id);
            foreach (var client in there?.Value.Clients.Values ?? []) clients[client.Id] = client;
            await config.TryWriteAsync(blob, new ClientList { Revision = (there?.Value.Revision ?? 0) + 1, Clients = clients }, there?.ETag, default);
        }

        // As every change of a client does.
        await config.OverwriteAsync("clients-changed.json", new ClientList { WriteId = own }, default);
    }

    private static string Allowed(int upstream) => $"127.0.0.1:{Text(upstream)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
