using System.Collections.Concurrent;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

/// <summary>Four instances of the app over one storage account, all asked at once. What was admitted is counted by the machine's clock, which is Azurite's too.</summary>
[Collection("gateway")]
public sealed class FourInstancesTests(AzuriteFixture azurite)
{
    private const int Instances = 4;
    private const int Attempts = 10_000;

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public async Task ParallelAttempts_AtALimitAMinute_NeverExceedItAndReach95PerCent(long limit)
    {
        var hosts = await StartAsync();
        await LimitFixture.LimitAsync(hosts[0], "routes/chat", new { calls = limit, renewal_period = "minute" });
        var route = await hosts[0].Services.GetRequiredService<RouteCatalog>().ResolveAsync("chat", Caller.System, "route", default);
        var admitted = new ConcurrentDictionary<long, int>();
        await Task.WhenAll(Enumerable.Range(0, Attempts).Select(i => Task.Run(async () =>
        {
            if (await TryAsync(hosts[i % Instances], route) is { } minute) admitted.AddOrUpdate(minute, 1, (_, count) => count + 1);
        })));

        Assert.All(admitted, minute => Assert.True(minute.Value <= limit, $"{minute.Value} admitted in a minute, {limit} permitted"));
        Assert.True(admitted.Values.Sum() >= 0.95 * Math.Min(limit, Attempts), $"{admitted.Values.Sum()} of {limit} admitted");
        await StopAsync(hosts);
    }

    [Fact]
    public async Task Instance_ThatStops_ReturnsItsLease()
    {
        var hosts = await StartAsync();
        await LimitFixture.LimitAsync(hosts[0], "routes/chat", new { calls = 1_000, renewal_period = "day" });
        var route = await hosts[0].Services.GetRequiredService<RouteCatalog>().ResolveAsync("chat", Caller.System, "route", default);
        for (var round = 0; round < 3; round++)
        {
            foreach (var host in hosts) Assert.NotNull(await TryAsync(host, route));
        }

        foreach (var host in hosts[1..]) await host.DisposeAsync();
        await hosts[0].Services.GetRequiredService<Limiter>().ReturnAsync(default);
        var state = (await new LimitBlobs(new BlobServiceClient(hosts[0].Storage), hosts[0].Services.GetRequiredService<LimitMetrics>()).ReadAsync("route/chat", null, default)).State!;
        Assert.Equal(12, state.Counters["calls/day"].Granted);
        await hosts[0].DisposeAsync();
    }

    private static async Task<long?> TryAsync(GatewayHost host, ResolvedRoute route)
    {
        var demand = new CallDemand { Route = route, Caller = Caller.System, Kind = "chat", Provider = "gpu-worker", PromptTokens = 10, MaxTokens = 10 };
        try
        {
            using var call = await host.Services.GetRequiredService<Admission>().ReserveAsync(demand, default);
            var minute = LimitWindow.Of(LimitPeriod.Minute, DateTimeOffset.UtcNow).Start;
            call.Settle(new CallOutcome(new(7, 3), null, false, null, TimeSpan.Zero));
            return minute;
        }
        catch (GatewayException refused) when (refused.Status == 429)
        {
            return null;
        }
    }

    private static async Task StopAsync(List<GatewayHost> hosts)
    {
        foreach (var host in Enumerable.Reverse(hosts)) await host.DisposeAsync();
    }

    private async Task<List<GatewayHost>> StartAsync()
    {
        var settings = new Dictionary<string, string?> { ["Gateway:RouteCacheSeconds"] = "300", ["Limits:StorageSeconds"] = "60", ["Usage:FlushSeconds"] = "60" };
        var hosts = new List<GatewayHost> { await LimitFixture.StartAsync(azurite, settings) };
        while (hosts.Count < Instances) hosts.Add(await LimitFixture.StartAsync(azurite, settings, sharing: hosts[0]));
        return hosts;
    }
}
