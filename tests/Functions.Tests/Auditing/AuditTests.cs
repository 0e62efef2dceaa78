using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Auditing;

[Collection("gateway")]
public sealed class AuditTests(AzuriteFixture azurite)
{
    private const string Op = GatewayHost.OperatorKey;
    private const string Routes = "/api/2.0/gateway/routes";

    private static Dictionary<string, string?> Settings => new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op };

    [Fact]
    public async Task Changes_AreToldWithWhoWhatBeforeAndAfterAndNoKey()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Settings);
        await host.PostAsync(Routes, Chat("chat", "m-1"), Op);
        await host.SendAsync(HttpMethod.Patch, $"{Routes}/chat", new { model = new { name = "m-2" } }, Op);
        var made = await host.PostAsync("/clients", new { name = "app" }, Op);
        var key = made.Json.GetProperty("key").GetString()!;
        Assert.Equal(409, (await host.PostAsync(Routes, Chat("chat", "m-3"), Op)).Status);
        // Whoever may change nothing leaves no trace, and may not look.
        Assert.Equal(403, (await host.PostAsync(Routes, Chat("other", "m"), key)).Status);
        Assert.Equal(403, (await host.GetAsync("/audit", key)).Status);

        var audit = await host.GetAsync("/audit", Op);
        var entries = audit.Json.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(
            ["CreateRoute refused", "CreateClient done", "UpdateRoute done", "CreateRoute done"],
            entries.Select(e => $"{e.GetProperty("action")} {e.GetProperty("outcome")}"));
        Assert.All(entries, e => Assert.Equal("operator", e.GetProperty("who").GetString()));
        Assert.Equal("route_exists", entries[0].GetProperty("code").GetString());
        Assert.Equal(("route/chat", "m-1", "m-2"), (entries[2].GetProperty("subject").GetString(), Model(entries[2], "before"), Model(entries[2], "after")));
        Assert.DoesNotContain(key, audit.Body, StringComparison.Ordinal);
        Assert.Single((await host.GetAsync("/audit?subject=route/chat&action=UpdateRoute", Op)).Json.GetProperty("entries").EnumerateArray());
        Assert.Empty((await host.GetAsync("/audit?to=2001-01-01T00:00:00Z", Op)).Json.GetProperty("entries").EnumerateArray());
        foreach (var (query, field) in ((string, string)[])[("from=soon", "from"), ("page_token=x", "page_token"), ("max_results=0", "max_results"), ("from=2030-01-01&to=2029-01-01", "from")])
            Assert.Equal((400, field), (await host.GetAsync($"/audit?{query}", Op)) is var bad ? (bad.Status, bad.Param) : default);
        static string? Model(JsonElement entry, string state) => entry.GetProperty(state).GetProperty("model").GetProperty("name").GetString();
    }

    [Fact]
    public async Task Writers_OfTwoInstancesAtOnce_LoseNothingAndPagesHoldEachOnce()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Settings);
        await using var other = await GatewayHost.StartAsync(azurite, Settings, sharing: host);
        GatewayHost[] both = [host, other];
        var made = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => both[i % 2].PostAsync("/clients", new { name = $"c{i}" }, Op)));
        Assert.All(made, m => Assert.Equal(201, m.Status));
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await other.GetAsync($"/audit?max_results=7&page_token={Uri.EscapeDataString(token ?? "")}", Op);
            foreach (var entry in page.Json.GetProperty("entries").EnumerateArray())
            {
                Assert.Equal("done", entry.GetProperty("outcome").GetString());
                seen.Add(entry.GetProperty("subject").GetString()!);
            }

            token = page.Json.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (token is not null);

        Assert.Equal(made.Select(m => $"client/{m.Json.GetProperty("id").GetString()}").Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    private static object Chat(string name, string model) => new { name, route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = model } };
}
