using System.Diagnostics;
using System.Net;
using Azure.Storage.Queues;

namespace Serverless.FunctionsHost.Tests;

public sealed class HostTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private readonly RunningHost _host = fixture.Host;

    [Theory]
    [InlineData("/files?from=here", "files from here at 127.0.0.1")]
    [InlineData("/files/a/b.md", "file a/b.md")]
    [InlineData("/FILES/a", "file a")]
    public async Task Http_Route_ReachesItsFunctionWithValuesAndHost(string path, string expected)
    {
        var (status, body) = await _host.SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith(expected, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_CatchAllEarlierInTheAlphabet_HidesWhatFollows() => Assert.Equal("greedy", (await _host.SendAsync(HttpMethod.Get, "/shadow")).Body);

    [Theory]
    [InlineData("POST", "/files")]
    [InlineData("GET", "/nothing/here")]
    public async Task Http_UnknownPathOrMethod_Is404AndEmpty(string method, string path) =>
        Assert.Equal((HttpStatusCode.NotFound, string.Empty), await _host.SendAsync(new HttpMethod(method), path));

    [Fact]
    public async Task Http_FunctionThrows_Is500() => Assert.Equal(HttpStatusCode.InternalServerError, (await _host.SendAsync(HttpMethod.Get, "/throw")).Status);

    [Fact]
    public async Task Http_LargeBody_ArrivesWhole()
    {
        using var content = new ByteArrayContent(new byte[20_000_000]);
        using var response = await _host.Http.PostAsync("/count", content);
        Assert.Equal("20000000", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Http_Stream_ArrivesEventByEvent()
    {
        var name = $"gate-{Guid.NewGuid():n}";
        using var response = await _host.Http.GetAsync($"/events/{name}", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("data: first", await reader.ReadLineAsync());
        await File.WriteAllTextAsync(Path.Combine(_host.Records, name), "open");
        await reader.ReadLineAsync();
        Assert.Equal("data: second", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Http_ClientGoesAway_TheFunctionIsToldSo()
    {
        var name = $"gate-{Guid.NewGuid():n}";
        using (var response = await _host.Http.GetAsync($"/events/{name}", HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
            Assert.Equal("data: first", await reader.ReadLineAsync());
        await _host.UntilAsync("the function was aborted", () => Task.FromResult(_host.Record($"{name}-aborted").Length == 1));
    }

    [Fact]
    public async Task Queue_MessageFailsFiveTimes_GoesToThePoisonFunction()
    {
        var queue = new QueueClient(fixture.Storage, "work", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync("bad");
        await queue.SendMessageAsync("good");
        await _host.UntilAsync("the poison function ran", () => Task.FromResult(_host.Record("poison-bad").Length == 1));
        Assert.Equal(["1", "2", "3", "4", "5"], _host.Record("work-bad"));
        Assert.Equal(["1"], _host.Record("work-good"));
    }

    [Fact]
    public Task Timer_EverySecond_Fires() => _host.UntilAsync("the timer fired twice", () => Task.FromResult(_host.Record("ticks").Length >= 2));

    [Theory]
    [InlineData("Chain", "Completed \"start:01234\"")]
    [InlineData("Retry", "Completed \"after 3\"")]
    [InlineData("Timer", "Completed true")]
    [InlineData("Again", "Completed 5")]
    [InlineData("Parent", "Completed \"child:01234\"")]
    public async Task Durable_Orchestration_Completes(string name, string expected) => Assert.Equal(expected, await _host.WaitForAsync(await _host.StartOrchestrationAsync(name), "Completed"));

    [Fact]
    public async Task Durable_ActivityFails_TheOrchestratorSeesTypeAndMessage()
    {
        var id = await _host.StartOrchestrationAsync("Fail");
        var status = await _host.WaitForAsync(id, "Completed");
        Assert.Contains("ArgumentException", status, StringComparison.Ordinal);
        Assert.Contains($"never {id}", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Durable_ExternalEvent_IsWaitedFor()
    {
        var id = await _host.StartOrchestrationAsync("Event");
        await _host.WaitForAsync(id, "Running");
        await _host.SendAsync(HttpMethod.Post, $"/command/raise/{id}");
        Assert.Equal("Completed \"went\"", await _host.WaitForAsync(id, "Completed"));
    }

    [Fact]
    public async Task Durable_TerminatedAndPurged_IsGone()
    {
        var id = await _host.StartOrchestrationAsync("Event");
        await _host.WaitForAsync(id, "Running");
        await _host.SendAsync(HttpMethod.Post, $"/command/terminate/{id}");
        await _host.WaitForAsync(id, "Terminated");
        Assert.Equal("1", (await _host.SendAsync(HttpMethod.Post, $"/command/purge/{id}")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await _host.SendAsync(HttpMethod.Get, $"/durable/{id}")).Status);
    }

    [Fact]
    public async Task Worker_Killed_RequestsWaitForTheNextAndWorkGoesOn()
    {
        var before = await _host.WorkerProcessIdAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _host.StartOrchestrationAsync("Chain")));
        using (var worker = Process.GetProcessById(before)) worker.Kill();

        // The one that is under way when the worker dies is lost with it; the next waits.
        var after = before.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await _host.UntilAsync("another worker answers", async () =>
        {
            var (status, body) = await _host.SendAsync(HttpMethod.Get, "/process");
            Assert.True(status is HttpStatusCode.OK or >= HttpStatusCode.InternalServerError, $"{status}");
            if (status == HttpStatusCode.OK) after = body;
            return status == HttpStatusCode.OK && body != before.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        foreach (var id in ids) Assert.Contains(":01234", await _host.WaitForAsync(id, "Completed"), StringComparison.Ordinal);
    }
}
