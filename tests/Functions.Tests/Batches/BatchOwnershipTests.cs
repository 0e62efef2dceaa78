using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Batches;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Batches;

/// <summary>Whose files and batches they are, what they may, and what is left of them.</summary>
[Collection("gateway")]
public sealed class BatchOwnershipTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BatchApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await BatchApp.StartAsync(azurite);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task FilesAndBatches_OfOneClient_AreNobodyElses()
    {
        var (mine, theirs) = (await ClientAsync("mine"), await ClientAsync("theirs"));
        var batch = await _app.RunAsync([BatchApp.Chat("a", "say a")], key: mine.Key);
        var (id, input, output) = (batch.GetProperty("id").GetString(), batch.GetProperty("input_file_id").GetString(), batch.GetProperty("output_file_id").GetString());
        Assert.Equal("completed", batch.GetProperty("status").GetString());

        // An operator is somebody else too.
        foreach (var key in (string?[])[theirs.Key, null])
        {
            foreach (var path in (string[])[$"/v1/batches/{id}", $"/v1/files/{input}", $"/v1/files/{output}/content"]) Assert.Equal(404, (await _app.Host.GetAsync(path, key)).Status);
            Assert.Equal(404, (await _app.Host.SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel", null, key)).Status);
            Assert.Equal(404, (await _app.Host.SendAsync(HttpMethod.Delete, $"/v1/files/{input}", null, key)).Status);
            Assert.Equal(404, (await _app.Host.PostAsync("/v1/batches", new { input_file_id = input, endpoint = "/v1/chat/completions", completion_window = "24h" }, key)).Status);
            foreach (var path in (string[])["/v1/batches", "/v1/files"]) Assert.Empty((await _app.Host.GetAsync(path, key)).Json.GetProperty("data").EnumerateArray());
        }

        Assert.Equal(2, (await _app.Host.GetAsync("/v1/files", mine.Key)).Json.GetProperty("data").GetArrayLength());
        Assert.Single((await _app.Host.GetAsync("/v1/files?purpose=batch_output", mine.Key)).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Requests_OfABatch_MayWhatItsClientMayWhenTheyAreAsked()
    {
        await _app.Host.CreateRouteAsync("hidden");
        var client = await ClientAsync("restricted", "chat");
        var batch = await _app.RunAsync([BatchApp.Chat("a", "say a"), BatchApp.Chat("b", "say b", "hidden")], key: client.Key);
        Assert.Equal("b", BatchTests.IdOf(Assert.Single(await _app.ReadAsync(batch, "error_file_id", client.Key))));

        // One that is deleted while its batch runs is asked for no more.
        var deleted = false;
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "BatchBegin" && ran && !deleted) deleted = _app.Host.SendAsync(HttpMethod.Delete, $"/clients/{client.Id}").GetAwaiter().GetResult().Status == 200;
        };
        var asked = _app.Asked.Count;
        var id = await _app.StartAsync([BatchApp.Chat("c", "say c")], key: client.Key);
        await _app.Durable.RunAsync();
        Assert.True(deleted);
        Assert.Equal(asked, _app.Asked.Count);
        Assert.Contains(await _app.BlobsAsync(), blob => blob.Key.StartsWith("files/", StringComparison.Ordinal) && blob.Value.Contains("client_gone", StringComparison.Ordinal));
        Assert.NotNull(id);
    }

    [Fact]
    public async Task UploadsForms_InAnyOrder_AreFilesAndWhatIsWrongIsNamed()
    {
        var (status, file) = await _app.UploadAsync("{}\n", isFileFirst: true, fields: [("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "3600")]);
        Assert.Equal((200, "file", 3, "questions.jsonl", "batch"), (status, file.GetProperty("object").GetString(), file.GetProperty("bytes").GetInt32(), file.GetProperty("filename").GetString(), file.GetProperty("purpose").GetString()));
        Assert.Equal(3600, file.GetProperty("expires_at").GetInt64() - file.GetProperty("created_at").GetInt64());

        foreach (var isFileFirst in (bool[])[false, true])
        {
            Assert.Equal("purpose", Param(await _app.UploadAsync("{}", isFileFirst: isFileFirst, purpose: null)));
            Assert.Equal("purpose", Param(await _app.UploadAsync("{}", isFileFirst: isFileFirst, purpose: "assistants")));
            Assert.Equal("other", Param(await _app.UploadAsync("{}", isFileFirst: isFileFirst, fields: ("other", "1"))));
            Assert.Equal("purpose", Param(await _app.UploadAsync("{}", isFileFirst: isFileFirst, fields: ("purpose", "batch"))));
            Assert.Equal("expires_after[seconds]", Param(await _app.UploadAsync("{}", isFileFirst: isFileFirst, fields: [("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "1")])));
        }

        Assert.Equal(415, (await _app.Host.PostAsync("/v1/files", "{}")).Status);
        // What was refused has left nothing.
        Assert.Single((await _app.BlobsAsync()).Keys);
    }

    [Fact]
    public async Task UploadOfMoreThanIsPermitted_IsRefusedAndNothingIsKept()
    {
        await using var small = await BatchApp.StartAsync(azurite, new() { ["Batches:MaxFileMegabytes"] = "1" });
        var (status, error) = await small.UploadAsync(new string(' ', 1_100_000));

        Assert.Equal((413, "file_too_large"), (status, error.GetProperty("error").GetProperty("code").GetString()));
        Assert.Empty(await small.BlobsAsync());
    }

    [Fact]
    public async Task TooMany_BatchesOrRequests_AreRefused()
    {
        await using var small = await BatchApp.StartAsync(azurite, new() { ["Batches:MaxRequests"] = "2", ["Batches:MaxActive"] = "1" });
        var id = await small.StartAsync(Enumerable.Range(0, 3).Select(i => BatchApp.Chat($"{i}", "say a")));
        var (_, file) = await small.UploadAsync("{}");
        var second = await small.Host.PostAsync("/v1/batches", new { input_file_id = file.GetProperty("id").GetString(), endpoint = "/v1/chat/completions", completion_window = "24h" });
        Assert.Equal((429, "too_many_batches"), (second.Status, second.Code));
        Assert.Equal("60", second.Headers["Retry-After"]);

        await small.Durable.RunAsync();
        Assert.Equal("too_many_requests", (await small.GetAsync(id)).GetProperty("errors").GetProperty("data")[0].GetProperty("code").GetString());
        Assert.Empty(small.Asked);
    }

    [Fact]
    public async Task Content_IsInTheOwnersFilesAndNowhereElse()
    {
        const string Marker = "canary-of-batches-7391";
        var batch = await _app.RunAsync([BatchApp.Chat("a", $"say {Marker}"), BatchApp.Chat("b", $"break {Marker}"), BatchApp.Chat("c", $"say {Marker}", "nowhere")]);
        Assert.Equal((3, 1, 2), BatchTests.Counts(batch));

        var holding = (await _app.BlobsAsync()).Where(blob => (blob.Key + blob.Value).Contains(Marker, StringComparison.Ordinal)).Select(blob => blob.Key[(blob.Key.LastIndexOf('/') + 1)..]);
        Assert.Equal(((string[])[batch.GetProperty("input_file_id").GetString()!, batch.GetProperty("output_file_id").GetString()!]).Order(), holding.Order());
        Assert.DoesNotContain(Marker, _app.Host.Logs.ToString(), StringComparison.Ordinal);
        foreach (var instance in _app.Durable.Instances.Values)
            Assert.DoesNotContain(Marker, $"{instance.Input} {string.Join(' ', instance.History.OfType<RecordedActivity>().Select(activity => $"{activity.Input} {activity.Output} {activity.Failure}"))}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleanup_DeletesWhatIsOverAndTakesUpWhatNobodyIsAtWorkOn()
    {
        var done = await _app.RunAsync([BatchApp.Chat("a", "say a")]);
        var lost = await _app.StartAsync([BatchApp.Chat("b", "say b")], window: "14d");
        _app.Durable.Instances.Clear();
        var cleanup = ActivatorUtilities.CreateInstance<BatchCleanup>(_app.Host.Services);
        await cleanup.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        Assert.Empty(_app.Durable.Instances);

        _app.Clock.Advance(TimeSpan.FromMinutes(11));
        await cleanup.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        await _app.Durable.RunAsync();
        var found = await _app.GetAsync(lost);
        Assert.Equal("completed", found.GetProperty("status").GetString());

        var output = done.GetProperty("output_file_id").GetString();
        Assert.Equal(200, (await _app.Host.GetAsync($"/v1/files/{output}")).Status);
        _app.Clock.Advance(TimeSpan.FromDays(30));
        // It is gone with its time, before anybody deletes it.
        Assert.Equal(404, (await _app.Host.GetAsync($"/v1/files/{output}/content")).Status);
        await cleanup.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        Assert.Empty(await _app.BlobsAsync());
    }

    private static string? Param((int Status, JsonElement Json) refused)
    {
        Assert.Equal(400, refused.Status);
        return refused.Json.GetProperty("error").GetProperty("param").GetString();
    }

    private async Task<(string Id, string Key)> ClientAsync(string name, params string[] routes)
    {
        var made = await _app.Host.PostAsync("/clients", new { name, allowed_routes = routes.Length > 0 ? routes : null });
        Assert.True(made.Status == 201, made.Body);
        return (made.Json.GetProperty("id").GetString()!, made.Json.GetProperty("key").GetString()!);
    }
}
