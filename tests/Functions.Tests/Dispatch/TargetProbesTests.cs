using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Targets that are asked whether they are there.</summary>
[Collection("gateway")]
public sealed class TargetProbesTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string Ready = "/health/ready";
    private readonly ManualTime _time = new();
    private FakeProvider _second = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _second = await FakeProvider.StartAsync();
        _second.On(Chat, http => _second.StreamAsync(http, true, "second"));
        _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AllowedHosts"] = _second.Host, ["Gateway:MaxAttempts"] = "1" }, s => s.AddSingleton<TimeProvider>(_time));
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "first"));
        Answer(200);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Target_ThatDoesNotAnswerItsProbes_IsAskedLastUntilOneIsAnswered()
    {
        await CreateAsync("\"probe_seconds\":10");
        Assert.Contains("first", await AskAsync(), StringComparison.Ordinal);
        Answer(503);
        await ProbeAsync(1);
        // A call that is answered says more than a probe that is not.
        Assert.Contains("first", await AskAsync(), StringComparison.Ordinal);
        await ProbeAsync(2);
        await ProbeAsync(3);
        Assert.Contains("second", await AskAsync(), StringComparison.Ordinal);
        Answer(200);
        await ProbeAsync(4);
        Assert.Contains("first", await AskAsync(), StringComparison.Ordinal);
    }

    /// <summary>Refusals are answers: only what fails is not there.</summary>
    [Fact]
    public async Task Target_ThatRefusesTheProbe_IsThere()
    {
        await CreateAsync("\"probe_seconds\":10");
        await AskAsync();
        Answer(404);
        for (var i = 1; i <= 3; i++) await ProbeAsync(i);
        Assert.Contains("first", await AskAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Route_NobodyUses_IsLeftAloneUnlessItSaysOtherwise(bool whenIdle)
    {
        await CreateAsync(whenIdle ? "\"probe_seconds\":10,\"probe_when_idle\":true" : "\"probe_seconds\":10");
        await AskAsync();
        var probes = _host.Services.GetRequiredService<TargetProbes>();
        Assert.Equal(2, probes.Count);
        for (var i = 1; i <= 7; i++) await ProbeAsync(i);
        // More than a minute and two intervals after its last use.
        _time.Advance(TimeSpan.FromSeconds(60));
        if (whenIdle)
        {
            await UntilAsync(() => _host.Provider.Count(Ready) >= 8);
            Assert.Equal(2, probes.Count);
            await _host.SendAsync(HttpMethod.Delete, "/api/2.0/gateway/routes/r");
            await UntilAsync(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(11));
                return probes.Count == 0;
            });
        }
        else
        {
            await UntilAsync(() => probes.Count == 0);
            Assert.Equal(7, _host.Provider.Count(Ready));
            await AskAsync();
            Assert.Equal(2, probes.Count);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Route_WhileTheWallClockIsSet_IsAskedForAsLongAsEver(int hours)
    {
        await CreateAsync("\"probe_seconds\":10");
        await AskAsync();
        _time.SetWall(TimeSpan.FromHours(hours));
        for (var i = 1; i <= 7; i++) await ProbeAsync(i);
        _time.Advance(TimeSpan.FromSeconds(60));
        await UntilAsync(() => _host.Services.GetRequiredService<TargetProbes>().Count == 0);
        Assert.Equal(7, _host.Provider.Count(Ready));
    }

    [Fact]
    public async Task Provider_WithoutAnythingToAsk_IsRefusedByTheField()
    {
        var address = _second.Address.AbsoluteUri;
        var answer = await _host.PostAsync("/api/2.0/gateway/routes", $$$"""{"name":"q","route_type":"llm/v1/completions","model":{"provider":"mosaicml","name":"llama2-70b-chat","mosaicml_config":{"mosaicml_api_base":"{{{address}}}"}},"routing":{"probe_seconds":10}}""");
        Assert.Equal((400, "routing.probe_seconds"), (answer.Status, answer.Param));
    }

    [Fact]
    public void Health_CallsAndProbes_EachOpenAndCloseIt()
    {
        var (health, model) = (new TargetHealth(_time), new RouteModel("p", "m"));
        for (var i = 0; i < 5; i++) health.Failed(model, UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.Connection)));
        Assert.False(health.IsAvailable(model));
        // It is there again: one call may show whether it answers, and no more.
        health.Probed(model, true);
        Assert.True(health.IsAvailable(model));
        Assert.False(health.IsAvailable(model));
        health.Succeeded(model);
        Assert.True(health.IsAvailable(model));

        Assert.False(health.Probed(model, false));
        Assert.True(health.Probed(model, false));
        Assert.False(health.IsAvailable(model));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(health.IsAvailable(model));
        Assert.True(health.Probed(model, true));
        Assert.True(health.IsAvailable(model));

        // A quota that is used up is none the less so because the service is there.
        health.Failed(model, UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.Status, 429) { RetryAfter = TimeSpan.FromSeconds(20) }));
        health.Probed(model, true);
        Assert.False(health.IsAvailable(model));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(health.IsAvailable(model));
    }

    /// <summary>A connection that nobody takes ends within the route's limit, as a failure to connect.</summary>
    [Fact]
    public async Task Connect_WithinTheLimitOfTheRequestThatNeedsIt()
    {
        using var request = new HttpRequestMessage();
        request.Options.Set(UpstreamHttp.ConnectOption, TimeSpan.FromSeconds(3));
        var connecting = UpstreamHttp.ConnectAsync(
            request,
            async stop =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return Stream.Null;
            },
            _time,
            default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(connecting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAsync<HttpRequestException>(() => connecting);
    }

    private void Answer(int status) => _host.Provider.On(Ready, http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    /// <summary>Lets an interval pass, and waits until both targets have been asked so often and what came of it is noted.</summary>
    private async Task ProbeAsync(int count)
    {
        _time.Advance(TimeSpan.FromSeconds(11));
        var probes = _host.Services.GetRequiredService<TargetProbes>();
        await UntilAsync(() => probes.Asked == 2 * count);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var i = 0; i < 6000 && !isSo(); i++) await Task.Delay(10);
        Assert.True(isSo());
    }

    private async Task CreateAsync(string routing)
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var answer = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"}},{"model":{"provider":"gpu-worker","name":"demo-llama","gpu_worker_config":{"gpu_worker_api_base":"{{{address}}}"}},"priority":1}],"routing":{{{{routing}}}}}""");
        Assert.True(answer.Status == 201, answer.Body);
    }

    private async Task<string> AskAsync() => (await _host.PostAsync(Chat, new { model = "r", messages = new[] { new { role = "user", content = "x" } } })).Body;
}
