using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Threading.RateLimiting;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Routes;

namespace Serverless.Benchmarks;

/// <summary>
/// Admission under limits: four instances over one Azurite, 10,000 attempts at once at several limits a minute, with the storage operations that it took; a steady
/// load on them; and a reservation from memory beside System.Threading.RateLimiting's.
/// </summary>
internal static class LimitsBenchmark
{
    private const int Instances = 4;
    private const int Attempts = 10_000;
    private const int Reservations = 500_000;

    private static readonly ResolvedRoute Route = new(
        new RouteDocument { Name = "chat", Revision = 1, Current = 1 },
        new RouteVersion { Version = 1, RouteType = RouteTypes.Chat, Model = new RouteModel("gpu-worker", "demo") });

    private static long _operations;

    public static async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {Environment.OSVersion}, .NET {Environment.Version}; {Instances} instances in one process over one Azurite (in memory).");
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "gateway.limits.storage_operations") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _operations, value));
        listener.Start();
        await using var azurite = await AzuriteProcess.StartAsync("b1", "b10", "b1000", "b100000", "s600", "s6000", "m");
        Console.WriteLine("| limit a minute | attempts | admitted, most in a minute | of what could be | seconds | storage operations | an admitted call |\n|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var limit in (long[])[1, 10, 1_000, 100_000]) await BurstAsync(azurite, limit);
        await SteadyAsync(azurite, 600, 40);
        await SteadyAsync(azurite, 6_000, 40);
        await MemoryAsync(azurite);
    }

    private static async Task BurstAsync(AzuriteProcess azurite, long limit)
    {
        var instances = await StartAsync(azurite, $"b{limit}", new LimitEntry { Calls = limit, RenewalPeriod = "minute", Key = "route" });
        Interlocked.Exchange(ref _operations, 0);
        var admitted = new ConcurrentDictionary<long, int>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Attempts).Select(i => Task.Run(async () =>
        {
            if (await TryAsync(instances[i % Instances])) admitted.AddOrUpdate(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60, 1, (_, count) => count + 1);
        })));
        watch.Stop();
        var (all, most) = (admitted.Values.Sum(), admitted.Values.Max());
        if (most > limit) throw new InvalidOperationException($"{most} admitted in a minute, {limit} permitted.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {limit} | {Attempts} | {all}, {most} | {100.0 * all / Math.Min(limit * admitted.Count, Attempts):F1} % | {watch.Elapsed.TotalSeconds:F2} | {_operations} | {(double)_operations / all:F3} |"));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    /// <summary>Callers that come one after the other, spread over the instances, for a whole window and more than it permits.</summary>
    private static async Task SteadyAsync(AzuriteProcess azurite, long limit, int seconds)
    {
        var instances = await StartAsync(azurite, $"s{limit}", new LimitEntry { Calls = limit, RenewalPeriod = "minute", Key = "route" });
        await Task.Delay(TimeSpan.FromSeconds(60 - (DateTimeOffset.UtcNow.ToUnixTimeSeconds() % 60)));
        Interlocked.Exchange(ref _operations, 0);
        var (admitted, refused) = (0, 0);
        var perSecond = limit * 1.25 / seconds;
        var watch = Stopwatch.StartNew();
        for (var i = 0; watch.Elapsed.TotalSeconds < seconds; i++)
        {
            if (await TryAsync(instances[i % Instances])) admitted++;
            else refused++;
            var ahead = (i / perSecond) - watch.Elapsed.TotalSeconds;
            if (ahead > 0.001) await Task.Delay(TimeSpan.FromSeconds(ahead));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Steady, limit {limit} a minute, {perSecond:F0} attempts a second for {seconds} s: {admitted} admitted ({100.0 * admitted / limit:F1} % of the limit), {refused} refused, {_operations} storage operations, {(double)_operations / admitted:F3} an admitted call."));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    private static async Task MemoryAsync(AzuriteProcess azurite)
    {
        var instances = await StartAsync(azurite, "m", new LimitEntry { Calls = 1_000_000_000, RenewalPeriod = "day", Key = "route" }, new LimitEntry { Tokens = 1_000_000_000_000, RenewalPeriod = "day", Key = "route" });
        var admission = instances[0].GetRequiredService<Admission>();
        for (var i = 0; i < 20_000; i++) await TryAsync(instances[0]);
        var ours = new List<double>();
        var peers = new List<double>();
        long bytes = 0;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < Reservations; i++) await TryAsync(instances[0]);
            ours.Add(watch.Elapsed.TotalNanoseconds / Reservations);
            bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / Reservations;

            using var peer = new FixedWindowRateLimiter(new FixedWindowRateLimiterOptions { PermitLimit = int.MaxValue, Window = TimeSpan.FromDays(1), QueueLimit = 0 });
            watch.Restart();
            for (var i = 0; i < Reservations; i++)
            {
                using var lease = await peer.AcquireAsync();
            }

            peers.Add(watch.Elapsed.TotalNanoseconds / Reservations);
        }

        var (our, their) = (Median(ours), Median(peers));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"From memory, calls and tokens, reserve, settle and record: {our:F0} ns and {bytes} bytes a call (median of 5 x {Reservations}); System.Threading.RateLimiting's FixedWindowRateLimiter, one process, calls only: {their:F0} ns; ratio {our / their:F1}."));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<bool> TryAsync(ServiceProvider instance)
    {
        var demand = new CallDemand { Route = Route, Caller = Caller.System, Kind = "chat", Provider = "gpu-worker", PromptTokens = 10, MaxTokens = 10 };
        try
        {
            using var call = await instance.GetRequiredService<Admission>().ReserveAsync(demand, default);
            call.Settle(new CallOutcome(new Usage(7, 3), null, false, null, TimeSpan.Zero));
            return true;
        }
        catch (GatewayException refused) when (refused.Status == 429)
        {
            return false;
        }
    }

    private static async Task<List<ServiceProvider>> StartAsync(AzuriteProcess azurite, string account, params LimitEntry[] limits)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:RouteCacheSeconds", "300"), new("Limits:StorageSeconds", "60"), new("Usage:MaxPending", "100")]).Build();
        var instances = new List<ServiceProvider>();
        for (var i = 0; i < Instances; i++)
        {
            instances.Add(new ServiceCollection()
                .AddLogging()
                .AddMetrics()
                .AddSingleton(TimeProvider.System)
                .AddSingleton(GatewayOptions.From(configuration))
                .AddSingleton(new BlobServiceClient(azurite.ConnectionString(account)))
                .AddSingleton<ConfigStore>()
                .AddLimits(configuration)
                .BuildServiceProvider());
        }

        await instances[0].GetRequiredService<LimitStore>().ReplaceAsync("route/chat", limits, default);
        return instances;
    }
}
