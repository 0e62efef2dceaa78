using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Telemetry;

[Collection("gateway")]
public sealed class ReadyFunctionTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Ready_ToAnybody_IsTheWordAlone_AndToAnOperatorTheServices()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        host.Provider.On("/health/ready", http => { http.Response.StatusCode = 200; return Task.CompletedTask; });
        var anybody = await host.GetAsync("/health/ready");
        Assert.Equal(["status"], anybody.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(anybody.Body, (await host.GetAsync("/health/ready", "a-wrong-key")).Body);
        var seen = (await host.GetAsync("/health/ready", GatewayHost.OperatorKey)).Json.GetProperty("dependencies").EnumerateArray().ToDictionary(d => d.GetProperty("name").GetString()!, d => d.GetProperty("status").GetString());
        Assert.Equal(["search", "storage", "vault", "worker"], seen.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("ok", "ok", "ok"), (seen["storage"], seen["vault"], seen["worker"]));
    }

    [Fact]
    public async Task Ready_WithTheWorkerDown_IsDegraded()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        host.Provider.On("/health/ready", http => FakeProvider.Error(http, 503, "x", "y"));
        var answer = await host.GetAsync("/health/ready");
        Assert.Equal((200, "degraded"), (answer.Status, answer.Json.GetProperty("status").GetString()));
        Assert.Equal("status_503", Reason(answer, "worker"));
    }

    [Fact]
    public async Task Ready_WithStorageDown_Is503_AndItsOperatorSeesWhy()
    {
        const string Nowhere = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/q;";
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["DocumentStorage"] = Nowhere, ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        var answer = await host.GetAsync("/health/ready", GatewayHost.OperatorKey);
        Assert.Equal((503, "not_ready"), (answer.Status, answer.Json.GetProperty("status").GetString()));
        Assert.Contains(Reason(answer, "storage"), (string[])["timeout", "unreachable"]);
        Assert.Equal(200, (await host.GetAsync("/health")).Status);
        Assert.Equal("""{"status":"not_ready"}""", (await host.GetAsync("/health/ready")).Body);
    }

    private static string? Reason(GatewayHost.Answer answer, string name) =>
        answer.Json.GetProperty("dependencies").EnumerateArray().Single(d => d.GetProperty("name").GetString() == name).GetProperty("reason").GetString();
}
