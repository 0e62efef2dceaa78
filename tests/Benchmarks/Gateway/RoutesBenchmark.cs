using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// Lists, pages and DELETE of very many routes over Azurite: by an instance that has just started and by one that has not, and what eight callers that list without a
/// pause do to a neighbour who looks up one route. In one process with what it measures, below HTTP.
/// </summary>
internal static class RoutesBenchmark
{
    private const int Rounds = 5;
    private const int Deleted = 15;
    private static readonly TimeSpan Crowd = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(int count)
    {
        await using var azurite = await AzuriteProcess.StartAsync("routes");
        var names = Enumerable.Range(0, count).Select(i => $"route-{i:d6}").ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Machine: {Environment.ProcessorCount} cores, load {AppInstance.Load()}, {Environment.OSVersion}, .NET {Environment.Version}; {count} routes in Azurite (in memory). Milliseconds; medians of {Rounds}, of {Deleted} for DELETE, then the slowest."));
        await using (var first = AppInstance.Of(azurite.ConnectionString("routes")))
        {
            await FillAsync(first, names);
            await OnceAsync("list of a store without an index (after an update), once", async () => _ = (await first.GetRequiredService<RouteCatalog>().ListAsync(default)).ModelsJson(Caller.System).Length);
            await OnceAsync("the index made whole, on the side, once", () => first.GetRequiredService<RouteIndexRepair>().CheckAsync(default));
            await OnceAsync("the index compared with the routes, on the side, once", () => first.GetRequiredService<RouteIndexRepair>().CheckAsync(default));
        }

        Console.WriteLine("| | median | slowest |\n|---|--:|--:|");
        await ColdAsync("whole list, just started", azurite, async catalog => (await catalog.ListAsync(default)).ModelsJson(Caller.System).Length);
        await ColdAsync("first page of 500, just started", azurite, async catalog => (await catalog.PageAsync(Caller.System, null, 500, default)).Routes.Count);

        await using var warm = AppInstance.Of(azurite.ConnectionString("routes"));
        var routes = warm.GetRequiredService<RouteCatalog>();
        await routes.ListAsync(default);
        await MedianAsync("whole list", Rounds, async i => _ = (await routes.ListAsync(default)).ModelsJson(Caller.System).Length);
        await MedianAsync("page of 500", Rounds, i => routes.PageAsync(Caller.System, names[i * count / (Rounds + 1)], 500, default));
        await MedianAsync("DELETE", Deleted, i => routes.DeleteAsync(names[i], null, default));
        await CrowdAsync(warm, names);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Load at the end {AppInstance.Load()}; {Environment.WorkingSet >> 20} MiB resident."));
    }

    private static async Task ColdAsync(string name, AzuriteProcess azurite, Func<RouteCatalog, Task<int>> ask)
    {
        var instances = Enumerable.Range(0, Rounds).Select(_ => AppInstance.Of(azurite.ConnectionString("routes"))).ToList();
        await MedianAsync(name, Rounds, i => ask(instances[i].GetRequiredService<RouteCatalog>()));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    /// <summary>The neighbour's times without and with eight who list.</summary>
    private static async Task CrowdAsync(ServiceProvider instance, IReadOnlyList<string> names)
    {
        foreach (var callers in (int[])[0, 8])
        {
            using var stop = new CancellationTokenSource(Crowd);
            var listed = 0;
            var crowd = Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    _ = (await instance.GetRequiredService<RouteCatalog>().ListAsync(default)).ModelsJson(Caller.System);
                    await instance.GetRequiredService<RouteCatalog>().PageAsync(Caller.System, null, 500, default);
                    Interlocked.Increment(ref listed);
                }
            })).ToList();
            var times = new List<double>();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var began = Stopwatch.GetTimestamp();
                await instance.GetRequiredService<RouteCatalog>().ResolveAsync(names[Deleted + (i % (names.Count - Deleted))], Caller.System, "model", default);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                await Task.Delay(10);
            }

            await Task.WhenAll(crowd);
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| a neighbour's look at one route beside {callers} who list and page ({listed} times), {times.Count} times | {times[times.Count / 2]:F1} | {times[^1]:F1} |"));
        }
    }

    private static async Task OnceAsync(string name, Func<Task> ask)
    {
        var began = Stopwatch.GetTimestamp();
        await ask();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms"));
    }

    private static async Task MedianAsync(string name, int rounds, Func<int, Task> ask)
    {
        var times = new List<double>();
        for (var i = 0; i < rounds; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await ask(i);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[times.Count / 2]:F0} | {times[^1]:F0} |"));
    }

    /// <summary>Routes as a release without an index wrote them.</summary>
    public static async Task FillAsync(ServiceProvider instance, IReadOnlyList<string> names)
    {
        var config = instance.GetRequiredService<ConfigStore>();
        async ValueTask Write(string name, CancellationToken stop)
        {
            var model = new RouteModel("openai", "gpt-4o-mini", "https://models.example.com/v1");
            var document = new RouteDocument { Name = name, Revision = 1, Current = 0, WriteId = Guid.NewGuid().ToString("N") }
                .With(new RouteVersion { Version = 0, RouteType = RouteTypes.Chat, Model = model, CreatedAt = DateTimeOffset.UtcNow }, []);
            await config.TryWriteAsync($"routes/{name}.json", document, null, stop, RouteEntry.Of(document).ToMetadata());
        }

        // The first makes the container.
        await Write(names[0], default);
        await Parallel.ForEachAsync(names.Skip(1), new ParallelOptions { MaxDegreeOfParallelism = 8 }, Write);
    }
}
