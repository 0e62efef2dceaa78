using System.Globalization;

namespace Serverless.Benchmarks.Gateway;

/// <summary>Servers under the same load in turn, so that what else the machine does falls on all of them alike.</summary>
internal static class Comparison
{
    public static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(1);

    /// <summary>Warms all up, loads them in alternation, then in alternation at half of what the last takes, and prints a table.</summary>
    /// <param name="contenders">The upstream itself, YARP, and then others.</param>
    public static async Task RunAsync(Contender[] contenders, bool isStream, int rounds)
    {
        var body = Body(isStream);
        foreach (var contender in contenders)
        {
            for (var i = 0; i < 3; i++) Load(contender, body).Run(RoundTime, null);
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders) await RoundAsync(contender, body);
        }

        var slowest = contenders[^1];
        var rate = Median(slowest.PerSecond) / 2;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders) await HalfAsync(contender, body, rate);
        }

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

    private static async Task HalfAsync(Contender contender, string body, double rate)
    {
        if (contender.Processes.Count > 0) await contender.Processes[0].Process.WatchAsync();
        var result = Load(contender, body).Run(Lead + (RoundTime * 2), rate, Lead);
        contender.Halves.Add((result, contender.Processes.Count > 0 ? await contender.Processes[0].Process.PausesAsync() : ""));
    }

    private static void Print(Contender[] contenders, bool isStream, double rate)
    {
        var direct = contenders[0];
        var yarp = contenders[1];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{(isStream ? $"{FixedUpstream.Chunks} chunks of SSE" : "Plain")}; latencies at {rate:F0} requests/s, half of what the last takes, less the upstream's own, after a second of it, of the round in the middle by its p99; in that second, the slowest request. Pauses: 99th percentile / longest, ms."));
        Console.WriteLine("| | requests/s | of YARP | CPU us a request | bytes allocated | added p50 us | added p99 us | added first chunk p50 us | p99 us | slowest at first ms | pauses |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|");
        foreach (var contender in contenders)
        {
            var cpu = string.Join(", ", contender.Processes.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {Median([.. contender.Cpu.Select(c => c[i])]):F0}").Trim()));
            string Added(Func<LoadResult, IReadOnlyList<double>> of, double share) =>
                (LoadResult.Quantile(of(contender.Half.Result), share) - (contender == direct ? 0 : LoadResult.Quantile(of(direct.Half.Result), share))).ToString("F0", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {contender.Name} | {Median(contender.PerSecond):F0} | {Median(contender.PerSecond) / Median(yarp.PerSecond):P0} | {cpu} | {(contender.Allocated.Count > 0 ? $"{Median(contender.Allocated):F0}" : "")} | {Added(h => h.Whole, 0.5)} | {Added(h => h.Whole, 0.99)} | {Added(h => h.First, 0.5)} | {Added(h => h.First, 0.99)} | {contender.Half.Result.SlowestAtFirst / 1000:F1} | {contender.Half.Pauses} |"));
        }
    }

    public static LoadGenerator Load(Contender contender, string body) => new(contender.Port, contender.Key, body);

    public static string Body(bool isStream) =>
        $$"""{"model":"fixed","messages":[{"role":"system","content":"You answer briefly."},{"role":"user","content":"How was the soil of the bed by the wall, and how long did it stay so?"}],"max_tokens":100{{(isStream ? ""","stream":true,"stream_options":{"include_usage":true}""" : "")}}}""";

    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}
