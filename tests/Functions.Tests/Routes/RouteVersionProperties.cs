using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Routes;

/// <summary>Random writers on several instances at once, against what a single writer would have done.</summary>
[Collection("gateway")]
public sealed class RouteVersionProperties(AzuriteFixture azurite)
{
    private const string Routes = "/api/2.0/gateway/routes";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Writers_AtRandomOnTwoInstances_LoseNothingAndRewriteNothing(int seed)
    {
        var random = new Random(seed);
        await using var first = await GatewayHost.StartAsync(azurite);
        await using var second = await GatewayHost.StartAsync(azurite, sharing: first);
        await first.CreateRouteAsync("r");
        var succeeded = 1;
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<int, string>();

        var plans = Enumerable.Range(0, 4).Select(w => Enumerable.Range(0, 6).Select(i => (Kind: random.Next(10), Model: $"m-{w}-{i}")).ToList()).ToList();
        await Task.WhenAll(plans.Select(async (plan, w) =>
        {
            var host = w % 2 == 0 ? first : second;
            foreach (var (kind, model) in plan)
            {
                var answer = kind switch
                {
                    < 6 => await host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = model } }),
                    < 8 => await host.SendAsync(HttpMethod.Post, $"{Routes}/r/versions/1/restore"),
                    8 => await host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = model } }, null, ("If-Match", "\"1\"")),
                    _ => await host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "" } }),
                };
                if (answer.Status != 200)
                {
                    Assert.Contains(answer.Status, (int[])[400, 412]);
                    continue;
                }

                Interlocked.Increment(ref succeeded);
                // Every success has a number of its own, and its writer reads its write.
                Assert.True(seen.TryAdd(answer.Json.GetProperty("version").GetInt32(), answer.Json.GetProperty("model").GetRawText()));
                var read = (await host.GetAsync($"{Routes}/r")).Json.GetProperty("version").GetInt32();
                Assert.True(read >= answer.Json.GetProperty("version").GetInt32());
            }
        }));

        first.Services.GetRequiredService<RouteStore>().Forget("r");
        var versions = (await first.GetAsync($"{Routes}/r/versions")).Json.GetProperty("versions").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, succeeded), versions.Select(v => v.GetProperty("version").GetInt32()));
        Assert.All(versions.Skip(1), v => Assert.Equal(seen[v.GetProperty("version").GetInt32()], v.GetProperty("model").GetRawText()));
    }

    [Fact]
    public void Document_BeyondItsMostVersions_DropsTheOldestAndKeepsNumbers()
    {
        var document = new RouteDocument { Name = "r", Revision = 0, Current = 0 };
        for (var i = 0; i < RouteDocument.MaxVersions + 5; i++)
            document = document.With(new RouteVersion { Version = 0, RouteType = RouteTypes.Chat, Model = new RouteModel("gpu-worker", $"m{i}") }, []);
        Assert.Equal(RouteDocument.MaxVersions, document.Versions.Count);
        Assert.Null(document.Find(5));
        Assert.Equal("m5", document.Find(6)!.Model!.Name);
        Assert.Equal($"m{RouteDocument.MaxVersions + 4}", document.Find()!.Model!.Name);
    }
}
