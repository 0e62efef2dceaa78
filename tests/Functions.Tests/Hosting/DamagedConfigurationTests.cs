using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>A blob of the configuration that a hand or a disk has spoilt is named to who asks for it, and costs nobody what is in the others.</summary>
[Collection("gateway")]
public sealed class DamagedConfigurationTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0\0\0")]
    [InlineData("{\"name\":\"spoilt\",")]
    [InlineData("[]")]
    [InlineData("<html/>")]
    public async Task Route_WhoseBlobIsSpoilt_IsNamedAndTheOthersWork(string content)
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" });
        await host.CreateRouteAsync("spoilt");
        await host.CreateRouteAsync("whole");
        var config = host.Services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient("config");
        var name = config.GetBlobs(new GetBlobsOptions { Prefix = "routes/" }).Select(blob => blob.Name).Single(blob => blob.Contains("spoilt", StringComparison.Ordinal) && !blob.Contains("version", StringComparison.Ordinal));
        await config.GetBlobClient(name).UploadAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), overwrite: true);

        var chat = new { messages = new[] { new { role = "user", content = "Hello" } } };
        foreach (var answer in new[] { await host.GetAsync("/api/2.0/gateway/routes/spoilt"), await host.PostAsync("/gateway/spoilt/invocations", chat) })
        {
            Assert.Equal(500, answer.Status);
            Assert.Equal("configuration_damaged", answer.Json.GetProperty("error").GetProperty("code").GetString());
            Assert.Contains($"config/{name}", answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await host.PostAsync("/gateway/whole/invocations", chat)).Status);
        Assert.Contains("whole", (await host.GetAsync("/v1/models")).Body, StringComparison.Ordinal);
    }
    /// <summary>The index only follows the routes: where a part of it is spoilt it is made again.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("{\"routes\":{\"whole\":")]
    public async Task Shard_ThatIsSpoilt_IsMadeAgainAndNoRouteIsMissed(string content)
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RouteCacheSeconds"] = "0" });
        await host.CreateRouteAsync("whole");
        await host.CreateRouteAsync("other");
        await host.Services.GetRequiredService<RouteIndexRepair>().CheckAsync(default);
        var config = host.Services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient("config");
        var shards = config.GetBlobs(new GetBlobsOptions { Prefix = "route-index/shards/" }).Select(blob => blob.Name).ToList();
        Assert.NotEmpty(shards);
        foreach (var shard in shards) await config.GetBlobClient(shard).UploadAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), overwrite: true);

        var listed = (await host.GetAsync("/v1/models")).Body;
        Assert.All(["whole", "other"], name => Assert.Contains($"\"{name}\"", listed, StringComparison.Ordinal));
        await host.Services.GetRequiredService<RouteIndexRepair>().CheckAsync(default);
        Assert.Contains("whole", (await host.GetAsync("/v1/models")).Body, StringComparison.Ordinal);
        Assert.Equal(shards, config.GetBlobs(new GetBlobsOptions { Prefix = "route-index/shards/" }).Select(blob => blob.Name).ToList());
    }
}
