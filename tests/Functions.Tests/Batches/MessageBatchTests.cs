using System.Text.Json;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Batches;

/// <summary>Anthropic's message batches as their callers see them.</summary>
[Collection("gateway")]
public sealed class MessageBatchTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Path = "/v1/messages/batches";

    private BatchApp _app = null!;

    public async Task InitializeAsync() => _app = await BatchApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Batch_OfMessages_TellsWhatCameOfEachInTheirOrder()
    {
        var requests = Enumerable.Range(0, 40).Select(i => Ask($"q{i}", i % 10 == 3 ? "break" : $"say n{i}")).Append(Ask("elsewhere", "say a", "nowhere")).Append(new { custom_id = "nothing", @params = new { model = "chat" } });
        var made = await CreateAsync([.. requests]);
        Assert.Equal("in_progress", made.GetProperty("processing_status").GetString());
        Assert.Equal((42, 0, 0, 0, 0), Counts(made));
        foreach (var member in (string[])["ended_at", "results_url", "cancel_initiated_at", "archived_at"]) Assert.Equal(JsonValueKind.Null, made.GetProperty(member).ValueKind);
        Assert.Equal(TimeSpan.FromHours(24), made.GetProperty("expires_at").GetDateTimeOffset() - made.GetProperty("created_at").GetDateTimeOffset());
        var early = await _app.Host.GetAsync($"{Path}/{Id(made)}/results");
        Assert.Equal((400, "error", "invalid_request_error"), (early.Status, early.Json.GetProperty("type").GetString(), early.Json.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal("batch_not_ended", (await _app.Host.SendAsync(HttpMethod.Delete, $"{Path}/{Id(made)}")).Code);

        await _app.Durable.RunAsync();
        var batch = await GetAsync(Id(made));
        Assert.Equal(("message_batch", "ended"), (batch.GetProperty("type").GetString(), batch.GetProperty("processing_status").GetString()));
        Assert.Equal((0, 36, 6, 0, 0), Counts(batch));
        Assert.Equal($"{_app.Host.Http.BaseAddress!.ToString().TrimEnd('/')}{Path}/{Id(made)}/results", batch.GetProperty("results_url").GetString());
        var results = await ResultsAsync(Id(made));
        Assert.Equal([.. Enumerable.Range(0, 40).Select(i => $"q{i}"), "elsewhere", "nothing"], results.Select(BatchTests.IdOf));
        Assert.All(results.Where(line => Kind(line) == "succeeded"), line =>
        {
            var message = line.GetProperty("result").GetProperty("message");
            Assert.Equal(("message", $"n{BatchTests.IdOf(line)[1..]}"), (message.GetProperty("type").GetString(), message.GetProperty("content")[0].GetProperty("text").GetString()));
        });
        Assert.Equal(["q3", "q13", "q23", "q33", "elsewhere", "nothing"], results.Where(line => Kind(line) == "errored").Select(BatchTests.IdOf));
        Assert.Equal(["not_found_error model", "invalid_request_error max_tokens"], results[^2..].Select(line =>
        {
            var error = line.GetProperty("result").GetProperty("error");
            Assert.Equal("error", error.GetProperty("type").GetString());
            return $"{error.GetProperty("error").GetProperty("type").GetString()} {error.GetProperty("error").GetProperty("param").GetString()}";
        }));

        // Its requests are gone with its end, and neither they nor its results are files.
        Assert.Equal(["batches", "files"], (await _app.BlobsAsync()).Keys.Select(name => name.Split('/')[0]));
        Assert.Empty((await _app.Host.GetAsync("/v1/files")).Json.GetProperty("data").EnumerateArray());
        var file = (await _app.BlobsAsync()).Keys.Single(name => name.StartsWith("files/", StringComparison.Ordinal)).Split('/')[^1];
        Assert.Equal(404, (await _app.Host.GetAsync($"/v1/files/{file}")).Status);
        Assert.Equal(404, (await _app.Host.GetAsync($"/v1/batches/{Id(made)}")).Status);
        Assert.Empty((await _app.Host.GetAsync("/v1/batches")).Json.GetProperty("data").EnumerateArray());

        Assert.Equal("batch_ended", (await _app.Host.SendAsync(HttpMethod.Post, $"{Path}/{Id(made)}/cancel")).Code);
        var deleted = await _app.Host.SendAsync(HttpMethod.Delete, $"{Path}/{Id(made)}");
        Assert.Equal((200, "message_batch_deleted"), (deleted.Status, deleted.Json.GetProperty("type").GetString()));
        Assert.Empty(await _app.BlobsAsync());
        Assert.Equal(404, (await _app.Host.GetAsync($"{Path}/{Id(made)}")).Status);
    }

    [Fact]
    public async Task Batch_ThatIsCancelledOrTooLate_TellsWhichRequestsWereNotAsked()
    {
        await using var slow = await BatchApp.StartAsync(azurite, new() { ["Batches:Concurrency"] = "4" });
        foreach (var (kind, isCancelled) in ((string, bool)[])[("canceled", true), ("expired", false)])
        {
            string? id = null;
            slow.Durable.Crash = (name, ran) =>
            {
                if (name != "BatchAsk" || !ran) return;
                slow.Durable.Crash = (_, _) => { };
                if (!isCancelled) slow.Clock.Advance(TimeSpan.FromHours(25));
                else Assert.Equal("canceling", slow.Host.SendAsync(HttpMethod.Post, $"{Path}/{id}/cancel").GetAwaiter().GetResult().Json.GetProperty("processing_status").GetString());
            };
            id = Id(await CreateAsync([.. Enumerable.Range(0, 50).Select(i => Ask($"q{i}", "say so"))], app: slow));
            await slow.Durable.RunAsync();

            var batch = await GetAsync(id, app: slow);
            Assert.Equal("ended", batch.GetProperty("processing_status").GetString());
            Assert.Equal((0, 16, 0, isCancelled ? 34 : 0, isCancelled ? 0 : 34), Counts(batch));
            Assert.Equal(isCancelled, batch.GetProperty("cancel_initiated_at").ValueKind == JsonValueKind.String);
            var results = await ResultsAsync(id, app: slow);
            Assert.Equal([.. Enumerable.Repeat("succeeded", 16), .. Enumerable.Repeat(kind, 34)], results.Select(Kind));
        }
    }

    [Fact]
    public async Task Batches_OfOneClient_AreNobodyElses()
    {
        var (mine, theirs) = (await KeyAsync("mine"), await KeyAsync("theirs"));
        var id = Id(await CreateAsync([Ask("a", "say a")], mine));
        await _app.Durable.RunAsync();

        Assert.Equal("succeeded", Kind(Assert.Single(await ResultsAsync(id, mine))));
        foreach (var key in (string?[])[theirs, null])
        {
            foreach (var path in (string[])[$"{Path}/{id}", $"{Path}/{id}/results"]) Assert.Equal(404, (await _app.Host.GetAsync(path, key)).Status);
            Assert.Equal(404, (await _app.Host.SendAsync(HttpMethod.Post, $"{Path}/{id}/cancel", null, key)).Status);
            Assert.Equal(404, (await _app.Host.SendAsync(HttpMethod.Delete, $"{Path}/{id}", null, key)).Status);
            Assert.Empty((await _app.Host.GetAsync(Path, key)).Json.GetProperty("data").EnumerateArray());
        }
    }

    [Fact]
    public async Task Content_IsInTheResultsAndNowhereElse()
    {
        const string Marker = "canary-of-messages-5512";
        var id = Id(await CreateAsync([Ask("a", $"say {Marker}"), Ask("b", $"break {Marker}"), Ask("c", $"say {Marker}", "nowhere")]));
        Assert.Contains(Marker, string.Concat((await _app.BlobsAsync()).Values), StringComparison.Ordinal);
        await _app.Durable.RunAsync();

        Assert.Equal((0, 1, 2, 0, 0), Counts(await GetAsync(id)));
        Assert.StartsWith("files/", Assert.Single(await _app.BlobsAsync(), blob => (blob.Key + blob.Value).Contains(Marker, StringComparison.Ordinal)).Key, StringComparison.Ordinal);
        Assert.DoesNotContain(Marker, _app.Host.Logs.ToString(), StringComparison.Ordinal);
        foreach (var instance in _app.Durable.Instances.Values)
            Assert.DoesNotContain(Marker, $"{instance.Input} {string.Join(' ', instance.History.OfType<RecordedActivity>().Select(activity => $"{activity.Input} {activity.Output} {activity.Failure}"))}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"requests":[]}""", 400, "requests")]
    [InlineData("""{"requests":[{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}]}""", 400, "requests[1].custom_id")]
    [InlineData("""{"requests":[{"custom_id":"a b","params":{}}]}""", 400, "requests[0].custom_id")]
    [InlineData("""{"requests":[{"custom_id":"a","params":{}},{"custom_id":"b","params":{}},{"custom_id":"c","params":{}}]}""", 400, "requests")]
    [InlineData("""{"requests":[{"custom_id":"a","params":{}}],"model":"chat"}""", 400, "model")]
    [InlineData("{", 400, "body")]
    public async Task Create_WithAFieldAtFault_NamesItAndKeepsNothing(string body, int status, string field)
    {
        await using var small = await BatchApp.StartAsync(azurite, new() { ["Batches:MaxRequests"] = "2" });
        var refused = await small.Host.PostAsync(Path, body);

        Assert.Equal((status, "error", field), (refused.Status, refused.Json.GetProperty("type").GetString(), refused.Param));
        Assert.Empty(await small.BlobsAsync());
        Assert.Empty(small.Durable.Instances);
    }

    [Fact]
    public async Task Create_OfMoreThanIsPermitted_IsRefusedAndKeepsNothing()
    {
        await using var small = await BatchApp.StartAsync(azurite, new() { ["Batches:MaxFileMegabytes"] = "1", ["Batches:MaxActive"] = "1" });
        var large = JsonSerializer.Serialize(new { requests = Enumerable.Range(0, 1500).Select(i => Ask($"q{i}", new string('x', 700))) });
        using var chunked = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(large) };
        chunked.Headers.TransferEncodingChunked = true;
        using var answer = await small.Host.Http.SendAsync(chunked);
        foreach (var (status, text) in ((int, string)[])[((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()), await SentAsync(small, large)])
            Assert.Equal((413, "request_too_large"), (status, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("type").GetString()));
        Assert.Empty(await small.BlobsAsync());

        await CreateAsync([Ask("a", "say a")], app: small);
        var second = await small.Host.PostAsync(Path, new { requests = new[] { Ask("a", "say a") } });
        Assert.Equal((429, "too_many_batches", "60"), (second.Status, second.Code, second.Headers["Retry-After"]));
    }

    [Fact]
    public async Task Lists_OfSeveral_ArePagedBothWays()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(Id(await CreateAsync([Ask("a", "say a")])));
            _app.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        ids.Reverse();
        await ListsAsync(ids[..2], true, "limit=2");
        await ListsAsync(ids[2..4], true, $"limit=2&after_id={ids[1]}");
        await ListsAsync(ids[4..], false, $"limit=2&after_id={ids[3]}");
        await ListsAsync(ids[1..3], true, $"limit=2&before_id={ids[3]}");
        await ListsAsync(ids[..1], false, $"limit=2&before_id={ids[1]}");
        await ListsAsync(ids, false, "");
        foreach (var query in (string[])["after_id=msgbatch_0000000000000000000000000000", "before_id=a", "limit=1001", $"after_id={ids[0]}&before_id={ids[1]}"])
            Assert.Equal(400, (await _app.Host.GetAsync($"{Path}?{query}")).Status);

        async Task ListsAsync(List<string> expected, bool hasMore, string query)
        {
            var page = (await _app.Host.GetAsync($"{Path}?{query}")).Json;
            Assert.Equal(expected, page.GetProperty("data").EnumerateArray().Select(Id));
            Assert.Equal((expected[0], expected[^1], hasMore), (page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString(), page.GetProperty("has_more").GetBoolean()));
        }
    }

    private static object Ask(string id, string prompt, string model = "chat") => new { custom_id = id, @params = new { model, max_tokens = 9, messages = new[] { new { role = "user", content = prompt } } } };

    private static string Id(JsonElement batch) => batch.GetProperty("id").GetString()!;

    private static string Kind(JsonElement line) => line.GetProperty("result").GetProperty("type").GetString()!;

    private static (int Processing, int Succeeded, int Errored, int Canceled, int Expired) Counts(JsonElement batch)
    {
        var counts = batch.GetProperty("request_counts");
        return (counts.GetProperty("processing").GetInt32(), counts.GetProperty("succeeded").GetInt32(), counts.GetProperty("errored").GetInt32(), counts.GetProperty("canceled").GetInt32(), counts.GetProperty("expired").GetInt32());
    }

    private static async Task<(int Status, string Body)> SentAsync(BatchApp app, string body)
    {
        var answer = await app.Host.PostAsync(Path, body);
        return (answer.Status, answer.Body);
    }

    private async Task<JsonElement> CreateAsync(object[] requests, string? key = null, BatchApp? app = null)
    {
        var made = await (app ?? _app).Host.PostAsync(Path, new { requests }, key);
        Assert.True(made.Status == 200, made.Body);
        return made.Json;
    }

    private async Task<JsonElement> GetAsync(string id, string? key = null, BatchApp? app = null)
    {
        var answer = await (app ?? _app).Host.GetAsync($"{Path}/{id}", key);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task<List<JsonElement>> ResultsAsync(string id, string? key = null, BatchApp? app = null)
    {
        var answer = await (app ?? _app).Host.GetAsync($"{Path}/{id}/results", key);
        Assert.True(answer.Status == 200, answer.Body);
        return [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private async Task<string> KeyAsync(string name)
    {
        var made = await _app.Host.PostAsync("/clients", new { name });
        Assert.True(made.Status == 201, made.Body);
        return made.Json.GetProperty("key").GetString()!;
    }
}
