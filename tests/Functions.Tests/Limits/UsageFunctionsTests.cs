using System.Globalization;
using System.Net;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

[Collection("gateway")]
public sealed class UsageFunctionsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Usage_ByRoute_SumsEveryEndpoint_AndRagUnderItsOwnName()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 1, output = 2 });
        foreach (var endpoint in (string[])["chat", "chat stream", "completions", "embeddings", "invoke rag"]) Assert.Equal(200, (await LimitFixture.AskAsync(host, endpoint)).Status);
        var answer = await host.GetAsync("/usage?groupBy=route");
        Assert.Equal(
            """[{"route":"chat","calls":2,"failed":0,"prompt_tokens":14,"cached_tokens":0,"completion_tokens":6,"cost_usd":0.000026,"unpriced":0,"cancelled":0},{"route":"complete","calls":1,"failed":0,"prompt_tokens":7,"cached_tokens":0,"completion_tokens":2,"cost_usd":0.000011,"unpriced":0,"cancelled":0},{"route":"embed","calls":1,"failed":0,"prompt_tokens":5,"cached_tokens":0,"completion_tokens":0,"cost_usd":0,"unpriced":1,"cancelled":0},{"route":"rag","calls":2,"failed":0,"prompt_tokens":12,"cached_tokens":0,"completion_tokens":3,"cost_usd":0.000013,"unpriced":1,"cancelled":0}]""",
            answer.Json.GetProperty("usage").GetRawText());
        var day = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var csv = await host.SendAsync(HttpMethod.Get, "/usage?groupBy=day,kind&route=chat", null, null, ("Accept", "text/csv"));
        Assert.Equal($"day,kind,calls,failed,prompt_tokens,cached_tokens,completion_tokens,cost_usd,unpriced,cancelled\r\n{day},chat,3,0,21,0,9,0.000039,0,0\r\n", csv.Body);
        Assert.Equal($"calls,failed,prompt_tokens,cached_tokens,completion_tokens,cost_usd,unpriced,cancelled\r\n", (await host.GetAsync("/usage?groupBy=,&route=none&format=csv")).Body);
    }

    // A day alone is that day; a day as an end is in it, a time is not. The plus of an offset comes as a blank where nobody escapes it.
    [Fact]
    public async Task Usage_OfADay_IsAllOfIt()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.AskAsync(host, "chat");
        var now = DateTime.UtcNow;
        string Day(int after) => now.AddDays(after).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        async Task<int> CallsAsync(string query) =>
            (await host.GetAsync($"/usage?groupBy=route&{query}")).Json.GetProperty("usage").EnumerateArray().Sum(row => row.GetProperty("calls").GetInt32());
        Assert.Equal(1, await CallsAsync($"from={Day(0)}&to={Day(0)}"));
        Assert.Equal(1, await CallsAsync($"from={Day(-1)}&to={Day(0)}"));
        Assert.Equal(1, await CallsAsync($"from={Day(-1)}T23:00:00-01:00&to={Day(1)}T01:00:00+01:00"));
        Assert.Equal(0, await CallsAsync($"from={Day(-1)}&to={Day(-1)}"));
        Assert.Equal(0, await CallsAsync($"from={Day(-1)}&to={Day(0)}T00:00:00Z"));
        Assert.Equal(1, await CallsAsync($"from={Day(0)}T00:00:00.000000000Z&to={Day(1)}T01:00:00.123456789%2B01:00"));
        Assert.Equal($"{Day(0)}T00:00:00+00:00", (await host.GetAsync($"/usage?from={Day(-1)}&to={Day(-1)}")).Json.GetProperty("to").GetString());
        await host.CreateRouteAsync("another");
        Assert.NotEmpty((await host.GetAsync($"/audit?from={Day(0)}&to={Day(0)}")).Json.GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task Usage_OfNonOperators_IsTheirOwn()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var (id, key) = await LimitEnforcementTests.ClientAsync(host);
        await LimitFixture.AskAsync(host, "chat");
        await LimitFixture.AskAsync(host, "chat", key);
        var own = (await host.GetAsync("/usage", key)).Json.GetProperty("usage");
        Assert.Equal((1, id), (own.GetArrayLength(), own[0].GetProperty("client").GetString()));
        Assert.Equal(2, (await host.GetAsync("/usage")).Json.GetProperty("usage").GetArrayLength());
        Assert.Equal(403, (await host.GetAsync("/usage?client=anonymous", key)).Status);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=2026-13-01", "to")]
    [InlineData("from=2026-02-01&to=2026-01-01", "from")]
    [InlineData("from=2020-01-01&to=2026-01-01", "from")]
    [InlineData("groupBy=prompt", "groupBy")]
    [InlineData("groupBy=day,day", "groupBy")]
    [InlineData("format=xml", "format")]
    [InlineData("client=a&client=b", "client")]
    public async Task Usage_WrongQuery_IsRefusedByName(string query, string param)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var answer = await host.GetAsync($"/usage?{query}");
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    [Fact]
    public async Task Record_SaysWhatTheCallWas_AndNothingOfItsContent()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var answer = await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", new { model = "chat@1", messages = new[] { new { role = "user", content = "canary" } } }, null, ("x-request-id", "req-7"));
        Assert.Equal("req-7", answer.Headers["x-request-id"]);
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 400));
        var failed = await LimitFixture.AskAsync(host, "chat", text: "canary");
        var records = await LimitFixture.RecordsAsync(host);
        var (first, second) = (records[0], records[1]);
        Assert.Equal(("req-7", "chat", 1, null, "anonymous", "gpu-worker", "demo-llama", "chat", "ok"), (first.RequestId, first.Route, first.Version, first.Through, first.Client, first.Provider, first.Model, first.Kind, first.Status));
        Assert.True(first.FirstTokenMs > 0 && first.DurationMs >= first.FirstTokenMs);
        Assert.Equal(("refused", 0, failed.Headers["x-request-id"]), (second.Status, second.PromptTokens, second.RequestId));
        await foreach (var blob in new BlobServiceClient(host.Storage).GetBlobContainerClient("usage").GetBlobsAsync())
            Assert.DoesNotContain("canary", (await new BlobServiceClient(host.Storage).GetBlobContainerClient("usage").GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ledger_ThatIsDisposedOf_HasWrittenEverything()
    {
        await using var reader = await LimitFixture.StartAsync(azurite);
        var host = await LimitFixture.StartAsync(azurite, new() { ["Usage:FlushSeconds"] = "60" }, sharing: reader);
        for (var i = 0; i < 5; i++) await LimitFixture.AskAsync(host, "chat");
        await host.DisposeAsync();
        Assert.Equal(5, (await LimitFixture.RecordsAsync(reader)).Count);
    }

    [Fact]
    public async Task Batch_WhoseAnswerWasLost_IsWrittenOnce_AndOneThatFailedIsKept()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var network = new LossyNetwork();
        await using var ledger = LedgerOver(host, network, new LimitOptions { MaxPending = 100 });
        Add(ledger, 3);
        await ledger.FlushAsync(default);
        Add(ledger, 4);
        network.LoseAnswers = true;
        await Assert.ThrowsAnyAsync<Exception>(() => ledger.FlushAsync(default));
        network.LoseAnswers = false;
        Add(ledger, 2);
        await ledger.FlushAsync(default);
        network.IsDown = true;
        Add(ledger, 5);
        await Assert.ThrowsAnyAsync<Exception>(() => ledger.FlushAsync(default));
        // More than may be pending is given up, and nothing else.
        Add(ledger, 120);
        network.IsDown = false;
        await ledger.FlushAsync(default);
        Assert.Equal(3 + 4 + 2 + 5 + 100, (await LimitFixture.RecordsAsync(host)).Count);
    }

    [Fact]
    public async Task Batch_ThatIsFull_IsWrittenAtOnce_AndTheRestWaits()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var network = new LossyNetwork { OnAppended = () => written.TrySetResult() };
        await using var ledger = LedgerOver(host, network, new LimitOptions { Flush = TimeSpan.FromMinutes(1) });
        Add(ledger, UsageLines.MaxRecords + 7);
        await written.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(UsageLines.MaxRecords, (await LimitFixture.ReadAsync(host)).Count);
        await ledger.FlushAsync(default);
        Assert.Equal(UsageLines.MaxRecords + 7, (await LimitFixture.ReadAsync(host)).Count);
    }

    [Fact]
    public async Task Batch_ThatIsFullWhileTheStorageIsOut_AsksItOnce_AndIsWrittenLater()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var network = new LossyNetwork { IsDown = true };
        await using var ledger = LedgerOver(host, network, new LimitOptions { Flush = TimeSpan.FromMinutes(1) });
        Add(ledger, UsageLines.MaxRecords);
        await network.Refused.WaitAsync(TimeSpan.FromSeconds(30));
        Add(ledger, UsageLines.MaxRecords * 2);
        Assert.Equal(1, network.Refusals);
        network.IsDown = false;
        await ledger.FlushAsync(default);
        Assert.Equal(UsageLines.MaxRecords * 3, (await LimitFixture.ReadAsync(host)).Count);
    }

    [Fact]
    public async Task Flush_WhileRecordsCome_WritesWhatWasThereAtItsBeginning_NotAFewAtATimeWithoutEnd()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var network = new LossyNetwork();
        await using var ledger = LedgerOver(host, network, new LimitOptions { Flush = TimeSpan.FromMinutes(1) });
        var appended = 0;
        network.OnAppended = () =>
        {
            if (++appended < 20) Add(ledger, 1);
        };
        Add(ledger, 3);
        await ledger.FlushAsync(default);
        Assert.Equal(1, appended);
        await ledger.FlushAsync(default);
        Assert.Equal(4, (await LimitFixture.ReadAsync(host)).Count);
    }

    private static UsageLedger LedgerOver(GatewayHost host, LossyNetwork network, LimitOptions settings)
    {
        var options = new BlobClientOptions { Transport = new Azure.Core.Pipeline.HttpClientTransport(new HttpClient(network)) };
        options.Retry.MaxRetries = 0;
        return new UsageLedger(new BlobServiceClient(host.Storage, options), settings, host.Services.GetRequiredService<LimitMetrics>(), TimeProvider.System, NullLogger<UsageLedger>.Instance);
    }

    private static void Add(UsageLedger ledger, int count)
    {
        for (var i = 0; i < count; i++)
        {
            ledger.Add(new UsageRecord
            {
                Time = DateTimeOffset.UtcNow,
                RequestId = "r",
                Route = "chat",
                Version = 1,
                Client = "c",
                Provider = "p",
                Model = "m",
                Kind = "chat",
                Status = "ok",
            });
        }
    }

    private sealed class LossyNetwork() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool LoseAnswers { get; set; }

        public bool IsDown { get; set; }

        public int Refusals { get; private set; }

        public Task Refused => _refused.Task;

        /// <summary>Told after each block that was appended.</summary>
        public Action OnAppended { get; set; } = () => { };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsDown)
            {
                Refusals++;
                _refused.TrySetResult();
                throw new HttpRequestException("down");
            }

            var answer = await base.SendAsync(request, cancellationToken);
            if (!LoseAnswers)
            {
                if (answer.IsSuccessStatusCode && request.RequestUri!.Query.Contains("comp=appendblock", StringComparison.Ordinal)) OnAppended();
                return answer;
            }

            answer.Dispose();
            throw new HttpRequestException("lost", null, HttpStatusCode.BadGateway);
        }
    }
}
