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

    public static async Task RunAsync()
    {
        var (upstream, yarp, bare, portkey) = (FreePort.Find(), FreePort.Find(), FreePort.Find(), FreePort.Find());
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

        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {Environment.OSVersion}, .NET {Environment.Version}. {LoadGenerator.Connections} connections, medians of {Rounds} rounds of {Comparison.RoundTime.TotalSeconds} s in alternation.");
        foreach (var isStream in (bool[])[false, true])
        {
            var contenders = All();
            await Comparison.RunAsync(contenders, isStream, Rounds);
            if (peer is not null) await PeerAsync(peer, portkey, upstream, isStream);
        }

        Console.WriteLine($"Resident: app on bare Kestrel {app.ResidentBytes >> 20} MiB, app {worker.ResidentBytes >> 20} MiB, host {hostProcess.ResidentBytes >> 20} MiB, YARP {forwarder.ResidentBytes >> 20} MiB.");
    }

    private static async Task PeerAsync(MeasuredProcess peer, int port, int upstream, bool isStream)
    {
        var contender = new Contender("Portkey", port, $"none\r\nx-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:{upstream}/v1", [("", peer)]);
        Comparison.Load(contender, Comparison.Body(isStream)).Run(Comparison.RoundTime, null);
        for (var round = 0; round < 3; round++)
        {
            var before = peer.Cpu;
            var result = Comparison.Load(contender, Comparison.Body(isStream)).Run(Comparison.RoundTime, null);
            contender.PerSecond.Add(result.PerSecond);
            contender.Cpu.Add([(peer.Cpu - before).TotalMicroseconds / result.Whole.Count]);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| @portkey-ai/gateway (no keys, no limits, no metering) | {Comparison.Median(contender.PerSecond):F0} | | {Comparison.Median([.. contender.Cpu.Select(c => c[0])]):F0} | | | | | | |"));
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
