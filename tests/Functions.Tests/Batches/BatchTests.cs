using System.Text.Json;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Batches;

/// <summary>Batches as their callers see them.</summary>
[Collection("gateway")]
public sealed class BatchTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> OneSliceAtATime = new() { ["Batches:Concurrency"] = "4" };

    private BatchApp _app = null!;

    public async Task InitializeAsync() => _app = await BatchApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Batch_OfChats_HasAnswersAndErrorsInTheOrderOfItsInput()
    {
        var lines = Enumerable.Range(0, 40).Select(i => BatchApp.Chat($"q{i}", i % 10 == 3 ? "break" : $"say n{i}")).ToList();
        var batch = await _app.RunAsync(lines);

        Assert.Equal("completed", batch.GetProperty("status").GetString());
        Assert.Equal((40, 36, 4), Counts(batch));
        var (answers, errors) = (await _app.ReadAsync(batch, "output_file_id"), await _app.ReadAsync(batch, "error_file_id"));
        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 10 != 3).Select(i => $"q{i} n{i}"), answers.Select(line => $"{IdOf(line)} {TextOf(line)}"));
        Assert.Equal(["q3", "q13", "q23", "q33"], errors.Select(IdOf));
        Assert.All(answers, line => Assert.Equal((200, JsonValueKind.Null), (line.GetProperty("response").GetProperty("status_code").GetInt32(), line.GetProperty("error").ValueKind)));
        Assert.All(errors, line => Assert.Equal(400, line.GetProperty("response").GetProperty("status_code").GetInt32()));
        Assert.All(errors, line => Assert.NotEqual("", line.GetProperty("response").GetProperty("body").GetProperty("error").GetProperty("code").GetString()));
        foreach (var member in (string[])["created_at", "in_progress_at", "finalizing_at", "completed_at", "expires_at"]) Assert.True(batch.GetProperty(member).GetInt64() > 1_700_000_000, member);
        Assert.DoesNotContain(await _app.BlobsAsync(), blob => blob.Key.StartsWith("work/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/completions", """{"model":"text","prompt":"Once","max_tokens":9}""", "text_completion")]
    [InlineData("/v1/embeddings", """{"model":"embed","input":["a","b"]}""", "list")]
    [InlineData("/v1/responses", """{"model":"chat","input":"say so"}""", "response")]
    [InlineData("/embeddings", """{"model":"embed","input":"a"}""", "list")]
    public async Task Batch_OfEachEndpoint_HasBodiesAsTheEndpointGivesThem(string endpoint, string body, string kind)
    {
        var batch = await _app.RunAsync([new { custom_id = "a", method = "POST", url = endpoint, body = JsonDocument.Parse(body).RootElement }], endpoint);

        var line = Assert.Single(await _app.ReadAsync(batch, "output_file_id"));
        Assert.Equal(kind, line.GetProperty("response").GetProperty("body").GetProperty("object").GetString());
        var alone = await _app.Host.PostAsync(endpoint.StartsWith("/v1", StringComparison.Ordinal) ? endpoint : "/v1" + endpoint, body);
        Assert.Equal(alone.Json.EnumerateObject().Select(p => p.Name), line.GetProperty("response").GetProperty("body").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Batch_AtAzuresPaths_IsTheSame()
    {
        var batch = await _app.RunAsync([BatchApp.Chat("a", "say a")]);
        var (id, output) = (batch.GetProperty("id").GetString(), batch.GetProperty("output_file_id").GetString());

        foreach (var path in (string[])[$"batches/{id}", "batches", $"files/{output}", $"files/{output}/content", "files"])
        {
            var (one, other) = (await _app.Host.GetAsync($"/v1/{path}"), await _app.Host.GetAsync($"/openai/v1/{path}"));
            Assert.Equal((200, one.Body), (other.Status, other.Body));
        }

        var made = await _app.Host.PostAsync("/openai/v1/batches", new { input_file_id = batch.GetProperty("input_file_id").GetString(), endpoint = "/v1/chat/completions", completion_window = "24h" });
        Assert.Equal(200, made.Status);
        var again = made.Json.GetProperty("id").GetString();
        Assert.Equal("cancelling", (await _app.Host.SendAsync(HttpMethod.Post, $"/openai/v1/batches/{again}/cancel")).Json.GetProperty("status").GetString());
        Assert.True((await _app.Host.SendAsync(HttpMethod.Delete, $"/openai/v1/files/{output}")).Json.GetProperty("deleted").GetBoolean());
        Assert.Equal(415, (await _app.Host.PostAsync("/openai/v1/files", "{}")).Status);
    }

    [Fact]
    public async Task Batch_WithFaults_TellsThemAllAndAsksNothing()
    {
        var good = JsonSerializer.Serialize(BatchApp.Chat("a", "say a"));
        string[] lines =
        [
            good,
            "{",
            "",
            good,
            """{"custom_id":"b","method":"GET","url":"/v1/chat/completions","body":{}}""",
            """{"custom_id":"c","method":"POST","url":"/v1/embeddings","body":{}}""",
            """{"custom_id":"d","method":"POST","url":"/v1/chat/completions"}""",
            """{"method":"POST","url":"/v1/chat/completions","body":{}}""",
            """{"custom_id":"e","method":"POST","url":"/v1/chat/completions","body":{},"extra":1}""",
            """{"custom_id":"f","custom_id":"g","method":"POST","url":"/v1/chat/completions","body":{}}""",
            "[1]",
        ];
        var (_, file) = await _app.UploadAsync(string.Join("\r\n", lines));
        var started = await _app.Host.PostAsync("/v1/batches", new { input_file_id = file.GetProperty("id").GetString(), endpoint = "/v1/chat/completions", completion_window = "24h" });
        await _app.Durable.RunAsync();

        var batch = await _app.GetAsync(started.Json.GetProperty("id").GetString()!);
        Assert.Equal("failed", batch.GetProperty("status").GetString());
        var faults = batch.GetProperty("errors").GetProperty("data").EnumerateArray().Select(fault => $"{fault.GetProperty("line").GetInt32()} {fault.GetProperty("code").GetString()} {fault.GetProperty("param").GetString()}");
        Assert.Equal(
            [
                "2 invalid_json_line body", "4 duplicate_custom_id custom_id", "5 invalid_value method", "6 url_mismatch url", "7 missing_field body", "8 missing_field custom_id", "9 unknown_field extra",
                "10 duplicate_field custom_id", "11 invalid_json_line body",
            ],
            faults);
        Assert.Empty(_app.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\r\n\t\n")]
    public async Task Batch_OfNothing_FailsAndSaysSo(string content)
    {
        var (_, file) = await _app.UploadAsync(content);
        var started = await _app.Host.PostAsync("/v1/batches", new { input_file_id = file.GetProperty("id").GetString(), endpoint = "/v1/chat/completions", completion_window = "24h" });
        await _app.Durable.RunAsync();

        var batch = await _app.GetAsync(started.Json.GetProperty("id").GetString()!);
        Assert.Equal("empty_file", batch.GetProperty("errors").GetProperty("data")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Batch_WhoseHostIsKilledAnywhere_AsksNothingMoreThanOnceAgainForEachKillAndLosesNothing()
    {
        var kills = new Queue<(string Name, bool Ran)>([
            ("BatchBegin", false), ("BatchBegin", true), ("BatchAsk", false), ("BatchAsk", true), ("BatchAsk", true), ("BatchEnd", false), ("BatchEnd", true),
        ]);
        _app.Durable.Crash = (name, ran) =>
        {
            if (!kills.TryPeek(out var next) || next != (name, ran)) return;
            kills.Dequeue();
            throw new HostKilledException();
        };
        var id = await _app.StartAsync(Enumerable.Range(0, 70).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));
        for (var i = 0; i < 9; i++)
        {
            try
            {
                await _app.Durable.RunAsync();
            }
            catch (HostKilledException)
            {
                // The host comes up again.
            }
        }

        Assert.Empty(kills);
        var batch = await _app.GetAsync(id);
        Assert.Equal(("completed", (70, 70, 0)), (batch.GetProperty("status").GetString(), Counts(batch)));
        Assert.Equal(Enumerable.Range(0, 70).Select(i => $"q{i} n{i}"), (await _app.ReadAsync(batch, "output_file_id")).Select(line => $"{IdOf(line)} {TextOf(line)}"));
        // Each of the three kills while requests were under way may have cost one more.
        Assert.All(_app.Asked.GroupBy(prompt => prompt), asked => Assert.InRange(asked.Count(), 1, 4));
    }

    [Fact]
    public async Task Batch_LongerThanOneGeneration_GoesOnInTheNext()
    {
        var batch = await _app.RunAsync(Enumerable.Range(0, (64 * 16) + 5).Select(i => BatchApp.Chat($"q{i}", "say so")));

        Assert.Equal((1029, 1029, 0), Counts(batch));
        Assert.Equal(Enumerable.Range(0, 1029).Select(i => $"q{i}"), (await _app.ReadAsync(batch, "output_file_id")).Select(IdOf));
        Assert.Equal(1029, _app.Asked.Count);
    }

    [Fact]
    public async Task Batch_BeyondItsClientsLimit_WaitsForItAndFailsNothing()
    {
        await LimitAsync(5);
        var rounds = 0;
        _app.Durable.Crash = (name, ran) =>
        {
            // Timers do not wait here, and a limit's hours are storage's: what comes with its next window comes after some rounds.
            if (name == "BatchAsk" && ran && ++rounds == 20) LimitAsync(1000).GetAwaiter().GetResult();
        };
        var batch = await _app.RunAsync(Enumerable.Range(0, 12).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));

        Assert.Equal(("completed", (12, 12, 0)), (batch.GetProperty("status").GetString(), Counts(batch)));
        // One round more than a generation has, so that it waited on in the next.
        Assert.True(rounds > 20);
        Assert.Equal(12, _app.Asked.Count);

        async Task LimitAsync(int calls)
        {
            var limited = await _app.Host.SendAsync(HttpMethod.Put, "/limits/routes/chat", new { limits = new[] { new { calls, renewal_period = "hour" } } });
            Assert.True(limited.Status == 200, limited.Body);
        }
    }

    [Fact]
    public async Task Batch_WhoseWindowIsOver_TellsWhichRequestsWereNotAsked()
    {
        await using var slow = await BatchApp.StartAsync(azurite, OneSliceAtATime);
        var asked = 0;
        slow.Durable.Crash = (name, ran) =>
        {
            if (name == "BatchAsk" && ran && ++asked == 1) slow.Clock.Advance(TimeSpan.FromHours(2));
        };
        var id = await slow.StartAsync(Enumerable.Range(0, 100).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")), window: "1h");
        await slow.Durable.RunAsync();

        var batch = await slow.GetAsync(id);
        Assert.Equal("expired", batch.GetProperty("status").GetString());
        Assert.True(batch.TryGetProperty("expired_at", out _));
        Assert.Equal((100, 16, 84), Counts(batch));
        var errors = await slow.ReadAsync(batch, "error_file_id");
        Assert.Equal(Enumerable.Range(16, 84).Select(i => $"q{i}"), errors.Select(IdOf));
        Assert.All(errors, line => Assert.Equal(("batch_expired", JsonValueKind.Null), (line.GetProperty("error").GetProperty("code").GetString(), line.GetProperty("response").ValueKind)));
        Assert.Equal(16, slow.Asked.Count);
    }

    [Fact]
    public async Task Batch_ThatIsCancelled_KeepsWhatWasAnswered()
    {
        await using var slow = await BatchApp.StartAsync(azurite, OneSliceAtATime);
        string? id = null;
        var asked = 0;
        slow.Durable.Crash = (name, ran) =>
        {
            if (name != "BatchAsk" || !ran || ++asked != 1) return;
            var cancelled = slow.Host.SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel").GetAwaiter().GetResult();
            Assert.Equal((200, "cancelling"), (cancelled.Status, cancelled.Json.GetProperty("status").GetString()));
        };
        id = await slow.StartAsync(Enumerable.Range(0, 100).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));
        await slow.Durable.RunAsync();

        var batch = await slow.GetAsync(id);
        Assert.Equal("cancelled", batch.GetProperty("status").GetString());
        Assert.Equal((100, 16, 84), Counts(batch));
        Assert.Equal(16, (await slow.ReadAsync(batch, "output_file_id")).Count);
        Assert.All(await slow.ReadAsync(batch, "error_file_id"), line => Assert.Equal("batch_cancelled", line.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("cancelled", (await slow.Host.SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel")).Json.GetProperty("status").GetString());

        var done = await _app.RunAsync([BatchApp.Chat("a", "say a")]);
        Assert.Equal("batch_ended", (await _app.Host.SendAsync(HttpMethod.Post, $"/v1/batches/{done.GetProperty("id").GetString()}/cancel")).Code);
    }

    [Fact]
    public async Task Batch_ThatStreamsOrNamesNoRoute_FailsLineByLine()
    {
        var streams = new { custom_id = "s", method = "POST", url = "/v1/chat/completions", body = new { model = "chat", stream = true, messages = new[] { new { role = "user", content = "a" } } } };
        var batch = await _app.RunAsync([streams, BatchApp.Chat("r", "a", "nowhere"), BatchApp.Chat("t", "a", "text"), BatchApp.Chat("ok", "say yes")]);

        Assert.Equal(["s 400 stream", "r 404 model", "t 400 model"], (await _app.ReadAsync(batch, "error_file_id")).Select(line =>
        {
            var response = line.GetProperty("response");
            return $"{IdOf(line)} {response.GetProperty("status_code").GetInt32()} {response.GetProperty("body").GetProperty("error").GetProperty("param").GetString()}";
        }));
        Assert.Equal("yes", TextOf(Assert.Single(await _app.ReadAsync(batch, "output_file_id"))));
    }

    [Fact]
    public async Task Batch_WhoseInputIsDeleted_Fails()
    {
        var (_, file) = await _app.UploadAsync(BatchApp.Lines([BatchApp.Chat("a", "say a")]));
        var input = file.GetProperty("id").GetString();
        var started = await _app.Host.PostAsync("/v1/batches", new { input_file_id = input, endpoint = "/v1/chat/completions", completion_window = "24h" });
        Assert.True((await _app.Host.SendAsync(HttpMethod.Delete, $"/v1/files/{input}")).Json.GetProperty("deleted").GetBoolean());
        await _app.Durable.RunAsync();

        var batch = await _app.GetAsync(started.Json.GetProperty("id").GetString()!);
        Assert.Equal(("failed", "file_not_found"), (batch.GetProperty("status").GetString(), batch.GetProperty("errors").GetProperty("data")[0].GetProperty("code").GetString()));
    }

    /// <summary>What has been answered is kept; of the rest nobody can say which requests they were, and no file is told of that is not there.</summary>
    [Fact]
    public async Task Batch_WhoseInputIsDeletedUnderWay_KeepsItsAnswersAndTellsOfNoFileThatIsNotThere()
    {
        var id = await _app.StartAsync(Enumerable.Range(0, 320).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));
        var input = (await _app.GetAsync(id)).GetProperty("input_file_id").GetString();
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != "BatchAsk" || !ran) return;
            _app.Durable.Crash = (_, _) => { };
            _app.Host.SendAsync(HttpMethod.Delete, $"/v1/files/{input}").GetAwaiter().GetResult();
        };
        await _app.Durable.RunAsync();

        var batch = await _app.GetAsync(id);
        var (total, completed, failed) = Counts(batch);
        Assert.Equal((320, 320), (total, completed + failed));
        Assert.InRange(completed, 1, 319);
        Assert.Equal(completed, (await _app.ReadAsync(batch, "output_file_id")).Count);
        Assert.NotEqual(0, batch.GetProperty("errors").GetProperty("data").GetArrayLength());
        Assert.False(batch.TryGetProperty("error_file_id", out _));
    }

    /// <summary>A batch that is cancelled or whose window is over has not failed, and yet there is something to say of the requests that no file has.</summary>
    [Theory]
    [InlineData("cancelled")]
    [InlineData("expired")]
    public async Task Batch_ThatEndsWithItsInputGone_SaysSoInItsErrors(string word)
    {
        var id = await _app.StartAsync(Enumerable.Range(0, 320).Select(i => BatchApp.Chat($"q{i}", $"say n{i}")));
        var input = (await _app.GetAsync(id)).GetProperty("input_file_id").GetString();
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != "BatchAsk" || !ran) return;
            _app.Durable.Crash = (_, _) => { };
            if (word == "cancelled") _app.Host.SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel").GetAwaiter().GetResult();
            else _app.Clock.Advance(TimeSpan.FromHours(25));
            _app.Host.SendAsync(HttpMethod.Delete, $"/v1/files/{input}").GetAwaiter().GetResult();
        };
        await _app.Durable.RunAsync();

        var batch = await _app.GetAsync(id);
        var (_, completed, failed) = Counts(batch);
        Assert.Equal((word, 320), (batch.GetProperty("status").GetString(), completed + failed));
        var error = Assert.Single(batch.GetProperty("errors").GetProperty("data").EnumerateArray());
        Assert.Equal(("file_not_found", "input_file_id"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains($" {failed} requests", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(batch.TryGetProperty("error_file_id", out _));
        // Whatever becomes of the files later, the batch says the same.
        Assert.Equal(batch.GetRawText(), (await _app.GetAsync(id)).GetRawText());
    }

    [Theory]
    [InlineData("""{"endpoint":"/v1/chat/completions","completion_window":"24h"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/images","completion_window":"24h"}""", "endpoint")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/embeddings","completion_window":"30m"}""", "completion_window")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/embeddings","completion_window":"337h"}""", "completion_window")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":1}}""", "metadata")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/embeddings","completion_window":"24h","output_expires_after":{"anchor":"created_at","seconds":5}}""", "output_expires_after.seconds")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/embeddings","completion_window":"24h","prompt":"a"}""", "prompt")]
    [InlineData("""{"input_file_id":"file-0000000000000000000000000000","endpoint":"/v1/embeddings","completion_window":"24h"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"../config","endpoint":"/v1/embeddings","completion_window":"24h"}""", "input_file_id")]
    public async Task Create_WithAFieldAtFault_NamesIt(string body, string field)
    {
        var (_, file) = await _app.UploadAsync("{}");
        var refused = await _app.Host.PostAsync("/v1/batches", body.Replace("FILE", file.GetProperty("id").GetString(), StringComparison.Ordinal));

        Assert.InRange(refused.Status, 400, 404);
        Assert.Equal(field, refused.Param);
    }

    [Fact]
    public async Task Lists_OfSeveral_ArePagedNewestFirst()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await _app.StartAsync([BatchApp.Chat("a", "say a")]));
            _app.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        ids.Reverse();
        var first = (await _app.Host.GetAsync("/v1/batches?limit=2")).Json;
        Assert.Equal(ids[..2], first.GetProperty("data").EnumerateArray().Select(batch => batch.GetProperty("id").GetString()));
        Assert.True(first.GetProperty("has_more").GetBoolean());
        var rest = (await _app.Host.GetAsync($"/v1/batches?limit=2&after={first.GetProperty("last_id").GetString()}")).Json;
        Assert.Equal(ids[2..], rest.GetProperty("data").EnumerateArray().Select(batch => batch.GetProperty("id").GetString()));
        Assert.False(rest.GetProperty("has_more").GetBoolean());
        Assert.Equal("after", (await _app.Host.GetAsync("/v1/batches?after=batch_0000000000000000000000000000")).Param);
    }

    internal static (int Total, int Completed, int Failed) Counts(JsonElement batch)
    {
        var counts = batch.GetProperty("request_counts");
        return (counts.GetProperty("total").GetInt32(), counts.GetProperty("completed").GetInt32(), counts.GetProperty("failed").GetInt32());
    }

    internal static string IdOf(JsonElement line) => line.GetProperty("custom_id").GetString()!;

    internal static string TextOf(JsonElement line) =>
        line.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
