using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// What the gateway costs: 16 connections ask a fixed upstream directly, through a bare YARP, through the app's code on a bare Kestrel and through the
/// app as its host runs it, in alternation; with a client's key, limits of calls and tokens on client and route, and metering.
/// </summary>
internal static class GatewayBenchmark
{
    public const string OperatorKey = "operator-key-for-the-benchmark";

    private const int Rounds = 5;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(2);

    public static async Task RunAsync()
    {
        var (upstream, yarp, bare, portkey) = (LocalStack.FreePort(), LocalStack.FreePort(), LocalStack.FreePort(), LocalStack.FreePort());
        var allowed = $"127.0.0.1:{upstream}";
        await using var stack = new LocalStack();
        await stack.StartAsync(new Dictionary<string, string> { ["Gateway__AllowedHosts"] = allowed }, "--no-samples");
        var key = await PrepareAsync(stack.Http, upstream);
        var host = new Uri(stack.Endpoints.GetProperty("instances")[0].GetString()!);
        using var status = JsonDocument.Parse(await stack.Http.GetStringAsync(new Uri(host, "admin/host/status")));

        await using var up = await MeasuredProcess.StartAsync(upstream, "gateway-upstream", Text(upstream));
        await using var forwarder = await MeasuredProcess.StartAsync(yarp, "gateway-yarp", Text(yarp), Text(upstream));
        await using var app = await MeasuredProcess.StartAsync(bare, "gateway-app", Text(bare), stack.Endpoints.GetProperty("storageConnectionString").GetString()!, allowed);
        await using var hostProcess = MeasuredProcess.Of(status.RootElement.GetProperty("processId").GetInt32());
        await using var worker = MeasuredProcess.Of(status.RootElement.GetProperty("workerProcessId").GetInt32());
        await using var peer = await PortkeyGateway.TryStartAsync(portkey);
        Contender[] All() =>
        [
            new("upstream itself", upstream, null, []),
            new("bare YARP", yarp, null, [("", forwarder)]),
            new("app on bare Kestrel", bare, key, [("", app)]),
            new("app, run by the local host", host.Port, key, [("app", worker), ("host", hostProcess)]),
        ];

        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {Environment.OSVersion}, .NET {Environment.Version}. {LoadGenerator.Connections} connections, medians of {Rounds} rounds of {RoundTime.TotalSeconds} s in alternation.");
        foreach (var isStream in (bool[])[false, true])
        {
            var contenders = All();
            await CompareAsync(contenders, isStream);
            if (peer is not null) await PeerAsync(peer, portkey, upstream, isStream);
        }

        Console.WriteLine($"Resident: app on bare Kestrel {app.ResidentBytes >> 20} MiB, app {worker.ResidentBytes >> 20} MiB, host {hostProcess.ResidentBytes >> 20} MiB, YARP {forwarder.ResidentBytes >> 20} MiB.");
    }

    private static async Task CompareAsync(Contender[] contenders, bool isStream)
    {
        var body = Body(isStream);
        foreach (var contender in contenders)
        {
            for (var i = 0; i < 3; i++) Load(contender, body).Run(RoundTime, null);
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var contender in contenders) await RoundAsync(contender, body);
        }

        var slowest = contenders[^1];
        var rate = Median(slowest.PerSecond) / 2;
        foreach (var contender in contenders) contender.Half = Load(contender, body).Run(RoundTime * 3, rate);
        Print(contenders, isStream, rate);
    }

    private static async Task RoundAsync(Contender contender, string body)
    {
        var cpu = contender.Processes.Select(p => p.Process.Cpu).ToArray();
        var allocated = contender.Processes.Count > 0 ? await contender.Processes[0].Process.AllocatedAsync() : null;
        var result = Load(contender, body).Run(RoundTime, null);
        contender.PerSecond.Add(result.PerSecond);
        contender.Cpu.Add([.. contender.Processes.Select((p, i) => (p.Process.Cpu - cpu[i]).TotalMicroseconds / result.Whole.Count)]);
        if (allocated is { } before) contender.Allocated.Add((double)((await contender.Processes[0].Process.AllocatedAsync())! - before) / result.Whole.Count);
    }

    private static void Print(Contender[] contenders, bool isStream, double rate)
    {
        var direct = contenders[0];
        var yarp = contenders[1];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{(isStream ? $"{FixedUpstream.Chunks} chunks of SSE" : "Plain")}; latencies at {rate:F0} requests/s, half of what the last takes, less the upstream's own."));
        Console.WriteLine("| | requests/s | of YARP | CPU us a request | bytes allocated | added p50 us | added p99 us | added first chunk p50 us | p99 us |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var contender in contenders)
        {
            var cpu = string.Join(", ", contender.Processes.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {Median([.. contender.Cpu.Select(c => c[i])]):F0}").Trim()));
            string Added(Func<LoadResult, IReadOnlyList<double>> of, double share) =>
                (LoadResult.Quantile(of(contender.Half!), share) - (contender == direct ? 0 : LoadResult.Quantile(of(direct.Half!), share))).ToString("F0", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {contender.Name} | {Median(contender.PerSecond):F0} | {Median(contender.PerSecond) / Median(yarp.PerSecond):P0} | {cpu} | {(contender.Allocated.Count > 0 ? $"{Median(contender.Allocated):F0}" : "")} | {Added(h => h.Whole, 0.5)} | {Added(h => h.Whole, 0.99)} | {Added(h => h.First, 0.5)} | {Added(h => h.First, 0.99)} |"));
        }
    }

    private static async Task PeerAsync(MeasuredProcess peer, int port, int upstream, bool isStream)
    {
        var contender = new Contender("Portkey", port, $"none\r\nx-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:{upstream}/v1", [("", peer)]);
        Load(contender, Body(isStream)).Run(RoundTime, null);
        for (var round = 0; round < 3; round++)
        {
            var before = peer.Cpu;
            var result = Load(contender, Body(isStream)).Run(RoundTime, null);
            contender.PerSecond.Add(result.PerSecond);
            contender.Cpu.Add([(peer.Cpu - before).TotalMicroseconds / result.Whole.Count]);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| @portkey-ai/gateway (no keys, no limits, no metering) | {Median(contender.PerSecond):F0} | | {Median([.. contender.Cpu.Select(c => c[0])]):F0} | | | | | |"));
        await Task.CompletedTask;
    }

    /// <summary>A route at the upstream, a client, and limits that are kept count of and never reached.</summary>
    private static async Task<string> PrepareAsync(HttpClient http, int upstream)
    {
        var model = new { provider = "openai", name = "fixed", openai_config = new { openai_api_base = $"http://127.0.0.1:{upstream}/v1" } };
        await SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "fixed", route_type = "llm/v1/chat", model });
        var client = await SendAsync(HttpMethod.Post, "/clients", new { name = "benchmark" });
        var limits = new object[] { new { calls = 1_000_000_000, renewal_period = "day" }, new { tokens = 1_000_000_000_000, renewal_period = "day" } };
        await SendAsync(HttpMethod.Put, "/limits/routes/fixed", new { limits });
        await SendAsync(HttpMethod.Put, $"/limits/clients/{client.GetProperty("id").GetString()}", new { limits });
        return client.GetProperty("key").GetString()!;

        async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException($"{path}: {text}");
        }
    }

    private static LoadGenerator Load(Contender contender, string body) => new(contender.Port, contender.Key, body);

    private static string Body(bool isStream) =>
        $$"""{"model":"fixed","messages":[{"role":"system","content":"You answer briefly."},{"role":"user","content":"How was the soil of the bed by the wall, and how long did it stay so?"}],"max_tokens":100{{(isStream ? ""","stream":true,"stream_options":{"include_usage":true}""" : "")}}}""";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}
