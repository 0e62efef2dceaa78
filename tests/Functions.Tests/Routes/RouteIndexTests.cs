using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Routes;

[Collection("gateway")]
public sealed class RouteIndexTests(AzuriteFixture azurite)
{
    private const string Routes = "/api/2.0/gateway/routes";

    [Fact]
    public async Task Pages_OfManyRoutes_AreWholeInOrderAndReadNoBlobButThePages()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" });
        var names = Enumerable.Range(0, 620).Select(i => $"route-{i:d4}").ToList();
        await FillAsync(host, names);
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await host.GetAsync($"{Routes}?page_token={Uri.EscapeDataString(token ?? "")}");
            seen.AddRange(page.Json.GetProperty("routes").EnumerateArray().Select(r => r.GetProperty("name").GetString()!));
            token = page.Json.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (token is not null);

        Assert.Equal(names, seen);
        Assert.Equal(names, await ModelsAsync(host));
        foreach (var made in (string[])["x", "!!!!", Convert.ToBase64String("a b"u8)]) Assert.Equal((400, "page_token"), ((await host.GetAsync($"{Routes}?page_token={Uri.EscapeDataString(made)}")) is var a ? (a.Status, a.Param) : default));
    }

    [Fact]
    public async Task Listing_AfterCreatesAndDeletesByTwoInstancesAtOnce_IsTheSameAtBothAndWhatIsStored()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" });
        await using var other = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" }, sharing: host);
        GatewayHost[] both = [host, other];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => both[i % 2].CreateRouteAsync($"r{i:d2}")));
        // Each is deleted by the one that did not make it, while all are listed.
        await Task.WhenAll(Enumerable.Range(0, 40).Where(i => i % 4 < 2).Select(async i =>
        {
            Assert.Equal(200, (await both[(i + 1) % 2].SendAsync(HttpMethod.Delete, $"{Routes}/r{i:d2}")).Status);
            Assert.Equal(200, (await both[i % 2].GetAsync("/v1/models")).Status);
        }));
        var expected = Enumerable.Range(0, 40).Where(i => i % 4 >= 2).Select(i => $"r{i:d2}").ToList();
        Assert.Equal(expected, await ModelsAsync(host));
        Assert.Equal(expected, await ModelsAsync(other));
    }

    [Fact]
    public void ModelsJson_OfAnyRoutesAndCaller_IsWhatTheSerializerWrites()
    {
        var entries = Enumerable.Range(0, 50).Select(i => new RouteEntry
        {
            Name = $"r{i:d2}-{(i % 3 == 0 ? "." : "_")}",
            Revision = 1,
            Deleted = i % 7 == 0,
            Provider = i % 2 == 0 ? "openai" : null,
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + i),
            Models = [$"m{i % 4}"],
        }).ToList();
        var listing = new RouteListing(entries);
        foreach (var caller in (Caller[])[Caller.System, new("c", [], IsOperator: false) { AllowedModels = ["m1", "m2"] }, new("d", [], IsOperator: false) { AllowedRoutes = [] }])
        {
            var expected = new ModelList("list", [.. listing.Visible(caller).Select(r => new ModelInfo(r.Name, "model", r.CreatedAt.ToUnixTimeSeconds(), r.Provider ?? "route"))]);
            for (var i = 0; i < 2; i++) Assert.Equal(JsonSerializer.Serialize(expected, WireJson.Options), Encoding.UTF8.GetString(listing.ModelsJson(caller).Span));
        }
    }

    [Fact]
    public async Task Listing_OfARouteWrittenHere_HasItAtOnceWhateverTheCacheSays()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "300" });
        Assert.Empty(await ModelsAsync(host));
        await host.CreateRouteAsync("b");
        await host.CreateRouteAsync("a");
        Assert.Equal(["a", "b"], await ModelsAsync(host));
        await host.SendAsync(HttpMethod.Delete, $"{Routes}/b");
        Assert.Equal(["a"], await ModelsAsync(host));
    }

    [Fact]
    public async Task Listing_ThatIsOld_IsServedOnceMoreAndThenWaitedFor()
    {
        var time = new MovedClock(DateTimeOffset.UtcNow);
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "5" }, s => s.AddSingleton<TimeProvider>(time));
        await using var other = await GatewayHost.StartAsync(azurite, sharing: host);
        Assert.Empty(await ModelsAsync(host));
        await other.CreateRouteAsync("late");
        Assert.Empty(await ModelsAsync(host));
        // Older than seven cache times: nobody is shown it any more.
        time.Advance(TimeSpan.FromSeconds(36));
        Assert.Equal(["late"], await ModelsAsync(host));
        await other.CreateRouteAsync("later");
        time.Advance(TimeSpan.FromSeconds(6));
        // The old copy may be shown once more, and its successor comes without being asked for again.
        var index = host.Services.GetRequiredService<RouteIndex>();
        await index.GetAsync(default);
        await index.FreshAsync(default);
        Assert.Equal(["late", "later"], await ModelsAsync(host));
    }

    [Fact]
    public async Task Route_OfAnOlderReleaseWithoutMetadata_IsListedAndIndexedWhenItIsWritten()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" });
        await host.CreateRouteAsync("old");
        await host.CreateRouteAsync("gone");
        await host.SendAsync(HttpMethod.Delete, $"{Routes}/gone");
        foreach (var name in (string[])["old", "gone"]) await host.Config.GetBlobClient($"routes/{name}.json").SetMetadataAsync(new Dictionary<string, string>());
        await using var next = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" }, sharing: host);
        Assert.Equal(["old"], await ModelsAsync(next));
        Assert.Equal(["old"], await ModelsAsync(next));
        await next.SendAsync(HttpMethod.Patch, $"{Routes}/old", new { model = new { name = "other-model" } });
        var written = (await host.Config.GetBlobClient("routes/old.json").GetPropertiesAsync()).Value;
        var entry = RouteEntry.Read("old", written.ETag, written.Metadata)!;
        Assert.Equal((2L, "llm/v1/chat", "gpu-worker", "other-model"), (entry.Revision, entry.RouteType, entry.Provider, Assert.Single(entry.Models)));
    }

    [Fact]
    public async Task Delete_OfARouteThatAnotherInstancesRagRouteStandsOn_IsRefused()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "300" });
        await using var other = await GatewayHost.StartAsync(azurite, sharing: host);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings");
        Assert.Equal(2, (await ModelsAsync(host)).Count);
        Assert.Equal(201, (await other.PostAsync(Routes, new { name = "garden", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "chat", collection = "plants" } })).Status);
        var refused = await host.SendAsync(HttpMethod.Delete, $"{Routes}/chat");
        Assert.Equal((409, "route_in_use"), (refused.Status, refused.Code));
        Assert.Contains("garden", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_WrittenAndRead_IsTheSame()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<bool>(), ArbMap.Default.ArbFor<int>(), (revision, deleted, version) =>
        {
            var entry = new RouteEntry
            {
                Name = "n",
                Revision = Math.Abs(revision % long.MaxValue),
                Deleted = deleted,
                WriteId = "w",
                Version = Math.Abs(version % int.MaxValue),
                RouteType = "rag/v1/answers",
                Models = ["a", "b/c"],
                Collection = "plants",
                Uses = ["chat", "embed"],
                CreatedAt = DateTimeOffset.FromUnixTimeSeconds(Math.Abs((long)version)),
            };
            var read = RouteEntry.Read("n", default, entry.ToMetadata())!;
            return read with { Models = entry.Models, Uses = entry.Uses } == entry && read.Models.SequenceEqual(entry.Models) && read.Uses.SequenceEqual(entry.Uses);
        }).QuickCheckThrowOnFailure();
    }

    internal static async Task FillAsync(GatewayHost host, IReadOnlyList<string> names)
    {
        var config = host.Services.GetRequiredService<ConfigStore>();
        await host.Config.CreateIfNotExistsAsync();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, stop) =>
        {
            var document = new RouteDocument { Name = name, Revision = 1, Current = 0, WriteId = name }
                .With(new RouteVersion { Version = 0, RouteType = RouteTypes.Chat, Model = new RouteModel("gpu-worker", "demo-llama"), CreatedAt = DateTimeOffset.UtcNow }, []);
            Assert.True(await config.TryWriteAsync($"routes/{name}.json", document, null, stop, RouteEntry.Of(document).ToMetadata()));
        });
    }

    internal static async Task<List<string>> ModelsAsync(GatewayHost host) =>
        [.. (await host.GetAsync("/v1/models")).Json.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
}
