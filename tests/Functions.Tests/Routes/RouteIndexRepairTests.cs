using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Routes;

/// <summary>The index of routes wherever a writer stopped, and whoever wrote.</summary>
[Collection("gateway")]
public sealed class RouteIndexRepairTests(AzuriteFixture azurite)
{
    private const string Routes = "/api/2.0/gateway/routes";
    private static readonly Dictionary<string, string?> NoCache = new() { ["Gateway:RouteCacheSeconds"] = "0" };

    [Fact]
    public async Task Writer_ThatDiesBetweenItsSteps_IsSeenAtOnceAndEndedLater()
    {
        var time = new MovedClock(DateTimeOffset.UtcNow);
        await using var host = await GatewayHost.StartAsync(azurite, NoCache, s => s.AddSingleton<TimeProvider>(time));
        await host.CreateRouteAsync("stays");
        await WholeAsync(host);
        var blobs = host.Services.GetRequiredService<RouteIndexBlobs>();
        var config = host.Services.GetRequiredService<ConfigStore>();

        // One died before it wrote, one after it wrote, one after it had deleted, one after its shard held it.
        await blobs.AnnounceAsync("never", Id(1), default);
        await blobs.AnnounceAsync("written", Id(2), default);
        await WriteAsync(config, "written");
        await host.CreateRouteAsync("deleted");
        await blobs.AnnounceAsync("deleted", Id(3), default);
        await WriteAsync(config, "deleted", isDeleted: true);
        await blobs.AnnounceAsync("folded", Id(4), default);
        await WriteAsync(config, "folded");
        await blobs.FoldAsync(RouteShard.Of("folded"), new HashSet<string> { "folded" }, default);

        Assert.Equal(["folded", "stays", "written"], await RouteIndexTests.ModelsAsync(host));
        await host.Services.GetRequiredService<RouteIndexRepair>().Mending;
        Assert.Equal(4, (await blobs.LookAsync(default)).Changes.Count);
        time.Advance(RouteIndexRepair.LeftBehindAfter);
        Assert.Equal(["folded", "stays", "written"], await RouteIndexTests.ModelsAsync(host));
        await host.Services.GetRequiredService<RouteIndexRepair>().Mending;

        Assert.Empty((await blobs.LookAsync(default)).Changes);
        Assert.Equal(["folded", "stays", "written"], await HeldAsync(blobs));
        Assert.Equal(["folded", "stays", "written"], await RouteIndexTests.ModelsAsync(host));
    }

    [Fact]
    public async Task Writer_WhoseChangeWasEndedByAnother_StillComesIntoTheIndex()
    {
        await using var host = await GatewayHost.StartAsync(azurite, NoCache);
        await host.CreateRouteAsync("stays");
        await WholeAsync(host);
        var blobs = host.Services.GetRequiredService<RouteIndexBlobs>();

        // It announced and then hung for longer than anybody waits.
        var slow = await blobs.AnnounceAsync("slow", Id(1), default);
        await blobs.FoldAsync(RouteShard.Of("slow"), [slow], default);
        Assert.Empty((await blobs.LookAsync(default)).Changes);
        await WriteAsync(host.Services.GetRequiredService<ConfigStore>(), "slow");
        await blobs.CompleteAsync(slow);
        Assert.Equal(["slow", "stays"], await HeldAsync(blobs));
    }

    [Fact]
    public async Task Fold_OfWhatWasReadBeforeAnotherWrote_BringsNoOldStateBack()
    {
        await using var host = await GatewayHost.StartAsync(azurite, NoCache);
        await using var other = await GatewayHost.StartAsync(azurite, NoCache, sharing: host);
        GatewayHost[] both = [host, other];
        await host.CreateRouteAsync("r");
        for (var i = 0; i < 10; i++)
        {
            // Both change it, and both bring the shard up to date.
            await Task.WhenAll(both.Select(h => h.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = $"m{i}" } })));
            var blobs = host.Services.GetRequiredService<RouteIndexBlobs>();
            var held = (await blobs.ReadAsync(RouteShard.Of("r"), default))!.Value.Routes["r"];
            Assert.Equal((1 + (2 * (i + 1)), $"m{i}"), ((int)held.Revision, held.Find()!.Model!.Name));
            Assert.Empty((await blobs.LookAsync(default)).Changes);
        }
    }

    [Fact]
    public async Task Check_OfRoutesThatAnOlderReleaseWroteBesideAWholeIndex_TakesThemIn()
    {
        await using var host = await GatewayHost.StartAsync(azurite, NoCache);
        foreach (var name in (string[])["changed", "deleted", "lost", "stays"]) await host.CreateRouteAsync(name);
        await WholeAsync(host);
        var config = host.Services.GetRequiredService<ConfigStore>();
        var blobs = host.Services.GetRequiredService<RouteIndexBlobs>();
        await RouteIndexTests.FillAsync(host, ["added"]);
        await WriteAsync(config, "changed", model: "other");
        await WriteAsync(config, "deleted", isDeleted: true);
        await host.Config.GetBlobClient("routes/lost.json").DeleteAsync();

        await host.Services.GetRequiredService<RouteIndexRepair>().CheckAsync(default);

        Assert.Equal(["added", "changed", "stays"], await HeldAsync(blobs));
        Assert.Equal(["added", "changed", "stays"], await RouteIndexTests.ModelsAsync(host));
        var shown = (await host.GetAsync(Routes)).Json.GetProperty("routes").EnumerateArray().First(r => r.GetProperty("name").GetString() == "changed");
        Assert.Equal("other", shown.GetProperty("model").GetProperty("name").GetString());
    }

    [Fact]
    public async Task FirstList_OfAStoreWithoutAnIndex_IsRightAndMakesIt()
    {
        await using var host = await GatewayHost.StartAsync(azurite, NoCache);
        var names = Enumerable.Range(0, 90).Select(i => $"old-{i:d2}").ToList();
        await RouteIndexTests.FillAsync(host, names);
        await host.Config.GetBlobClient("routes/old-07.json").SetMetadataAsync(new Dictionary<string, string>());
        Assert.Equal(names, await RouteIndexTests.ModelsAsync(host));
        await host.Services.GetRequiredService<RouteIndexRepair>().Mending;

        var blobs = host.Services.GetRequiredService<RouteIndexBlobs>();
        Assert.True((await blobs.LookAsync(default)).IsWhole);
        Assert.Equal(names, await HeldAsync(blobs));
        Assert.NotEmpty((await host.Config.GetBlobClient("routes/old-07.json").GetPropertiesAsync()).Value.Metadata);
        Assert.Equal(names, await RouteIndexTests.ModelsAsync(host));
    }

    [Fact]
    public async Task Page_OfAWholeIndex_ReadsNoRoute()
    {
        await using var host = await GatewayHost.StartAsync(azurite, NoCache);
        await host.CreateRouteAsync("chat");
        await WholeAsync(host);
        var route = host.Config.GetBlobClient("routes/chat.json");
        var metadata = (await route.GetPropertiesAsync()).Value.Metadata;
        await route.UploadAsync(BinaryData.FromString("{"), new BlobUploadOptions { Metadata = metadata });
        await using var other = await GatewayHost.StartAsync(azurite, NoCache, sharing: host);
        var page = await other.GetAsync(Routes);
        Assert.Equal("demo-llama", Assert.Single(page.Json.GetProperty("routes").EnumerateArray()).GetProperty("model").GetProperty("name").GetString());
    }

    private static string Id(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task WholeAsync(GatewayHost host)
    {
        await host.Services.GetRequiredService<RouteIndexRepair>().CheckAsync(default);
        Assert.True((await host.Services.GetRequiredService<RouteIndexBlobs>().LookAsync(default)).IsWhole);
    }

    private static async Task<List<string>> HeldAsync(RouteIndexBlobs blobs)
    {
        var held = new List<string>();
        foreach (var shard in (await blobs.LookAsync(default)).Shards.Keys) held.AddRange((await blobs.ReadAsync(shard, default))!.Value.Routes.Keys);
        return [.. held.Order(StringComparer.Ordinal)];
    }

    /// <summary>Writes a route's blob and nothing else.</summary>
    private static async Task WriteAsync(ConfigStore config, string name, bool isDeleted = false, string model = "demo-llama")
    {
        var there = await config.ReadAsync<RouteDocument>(RouteIndexBlobs.BlobOf(name), default);
        var before = there?.Value ?? new RouteDocument { Name = name, Revision = 0, Current = 0 };
        var version = new RouteVersion { Version = 0, RouteType = RouteTypes.Chat, Model = new RouteModel("gpu-worker", model), CreatedAt = DateTimeOffset.UtcNow };
        var next = (isDeleted ? before with { Deleted = true, Versions = [] } : before.With(version, [])) with { Revision = before.Revision + 1, WriteId = Guid.NewGuid().ToString("N") };
        Assert.True(await config.TryWriteAsync(RouteIndexBlobs.BlobOf(name), next, there?.ETag, default, RouteEntry.Of(next).ToMetadata()));
    }
}
