using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Evaluation;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Evaluation;

/// <summary>Runs as their callers see them.</summary>
[Collection("gateway")]
public sealed class EvaluationRunTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private EvaluationApp _app = null!;

    public async Task InitializeAsync() => _app = await EvaluationApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Run_OfKnownAnswers_HasTheFiguresWorkedOutByHand()
    {
        var run = await _app.RunAsync(new
        {
            name = "by hand",
            routes = new[] { "garden" },
            k = 2,
            questions = new object[]
            {
                // Found first; the answer is what is expected.
                new { id = "a", question = "find a.md,b.md say uneven watering", document = "a.md", expect = "Uneven watering." },
                // Found second; half of the answer's words: P 1/2, R 1/1.
                new { id = "b", question = "find x.md,b.md say early spring", document = "b.md", expect = "spring" },
                // Not within k; does not contain.
                new { id = "c", question = "find x.md,y.md,c.md say nonsense", document = "c.md", expect = "sense" },
                new { id = "d", question = "find x.md say I do not know that.", kind = "unanswerable" },
                new { id = "e", question = "find x.md say Forty two.", kind = "unanswerable" },
            },
        });
        Assert.Equal(("completed", 100, 5, 0), (run.GetProperty("state").GetString(), run.GetProperty("percent").GetInt32(), run.GetProperty("done").GetInt32(), run.GetProperty("errors").GetInt32()));
        var route = run.GetProperty("results").GetProperty("routes")[0];
        double Of(string metric) => Math.Round(route.GetProperty("metrics").GetProperty(metric).GetProperty("value").GetDouble(), 6);
        Assert.Equal("garden@1", route.GetProperty("route").GetString());
        Assert.Equal(Math.Round(2.0 / 3, 6), Of("recall"));
        Assert.Equal(Math.Round((1 + 0.5 + (1.0 / 3)) / 3, 6), Of("mrr"));
        Assert.Equal(Math.Round((1 + 0.6309297535714575 + 0.5) / 3, 6), Of("ndcg"));
        Assert.Equal(Math.Round(2.0 / 3, 6), Of("containment"));
        Assert.Equal(Math.Round((1 + (2.0 / 3)) / 3, 6), Of("token_f1"));
        Assert.Equal(Math.Round((0.5 + 0.5 + (1.0 / 3)) / 3, 6), Of("citation_precision"));
        Assert.Equal((1.0, 0.5), (Of("refusal_precision"), Of("refusal_recall")));
        Assert.Equal((35, 5), (route.GetProperty("prompt_tokens").GetInt32(), route.GetProperty("completion_tokens").GetInt32()));
        Assert.Equal(5, route.GetProperty("unpriced").GetInt32());
        Assert.True(route.GetProperty("latency").GetProperty("p95_ms").GetDouble() >= route.GetProperty("latency").GetProperty("p50_ms").GetDouble());
    }

    /// <summary>Each batch of each route has a blob: a run that has ended is told without them.</summary>
    [Fact]
    public async Task Run_ThatHasEnded_IsToldByItsSummary()
    {
        var run = await _app.RunAsync(new { name = "told", routes = new[] { "plain", "garden" }, questions = Enumerable.Range(0, 12).Select(i => new { question = i == 5 ? "break" : $"say {i}" }).ToArray() });
        Assert.Equal((24, 2), (run.GetProperty("done").GetInt32(), run.GetProperty("errors").GetInt32()));
        var container = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("evaluations");
        foreach (var blob in container.GetBlobs().Where(blob => blob.Name.StartsWith("results/", StringComparison.Ordinal)).ToList()) await container.GetBlobClient(blob.Name).DeleteAsync();
        Assert.Equal(run.GetRawText(), (await _app.GetAsync(run.GetProperty("id").GetString()!)).GetRawText());
    }

    /// <summary>The app died before it had begun the run, or Durable's state was lost under way: nothing is asked twice, and a run that is at work is left alone.</summary>
    [Fact]
    public async Task Run_ThatNobodyIsAtWorkOn_IsTakenUpAfterAWhile()
    {
        var questions = Enumerable.Range(0, 30).Select(i => new { question = $"say {i}" }).ToArray();
        var lost = await _app.StartRunAsync(new { name = "lost", routes = new[] { "plain" }, concurrency = 1, questions });
        var batches = 0;
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "EvaluationAsk" && !ran && ++batches == 2) throw new HostKilledException();
        };
        await Assert.ThrowsAsync<HostKilledException>(_app.Durable.RunAsync);
        Assert.Equal(10, _app.Asked.Count);
        _app.Durable.Instances.Clear();
        var clock = new ManualTime();
        clock.Advance(DateTimeOffset.UtcNow - clock.GetUtcNow());
        var takeUp = ActivatorUtilities.CreateInstance<EvaluationTakeUp>(_app.Host.Services, clock);
        await takeUp.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        Assert.Empty(_app.Durable.Instances);

        clock.Advance(TimeSpan.FromMinutes(11));
        await takeUp.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        Assert.Single(_app.Durable.Instances);
        await takeUp.RunAsync(new TimerInfo(), _app.Durable, CancellationToken.None);
        await _app.Durable.RunAsync();
        Assert.Equal(("completed", 30), ((await _app.GetAsync(lost)).GetProperty("state").GetString(), (await _app.GetAsync(lost)).GetProperty("done").GetInt32()));
        Assert.Equal(30, _app.Asked.Count);
    }

    [Fact]
    public async Task Run_OfPricedModels_HasTheirCost()
    {
        var priced = await _app.Host.SendAsync(HttpMethod.Put, "/prices", new { prices = new[] { new { route = "plain", input = 1.0, output = 2.0 } } });
        Assert.True(priced.Status == 200, priced.Body);
        var run = await _app.RunAsync(new { name = "cost", routes = new[] { "garden" }, questions = new[] { new { question = "say one" }, new { question = "say two" } } });
        // 7 tokens of prompt at 1 and 1 of completion at 2 dollars a million, twice.
        Assert.Equal(0.000018m, run.GetProperty("results").GetProperty("routes")[0].GetProperty("cost_usd").GetDecimal());
    }

    [Fact]
    public async Task Run_OfTwoVersions_PinsBothAndComparesThem()
    {
        await _app.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/garden", new { rag = new { top_k = 2 } });
        var run = await _app.RunAsync(new { name = "versions", routes = new[] { "garden@1", "garden" }, questions = new[] { new { question = "find a.md say a", document = "a.md", expect = "a b" } } });
        var parameters = run.GetProperty("parameters");
        Assert.Equal(["garden@1", "garden@2"], parameters.GetProperty("routes").EnumerateArray().Select(route => route.GetProperty("reference").GetString()));
        Assert.Equal([4, 2], parameters.GetProperty("routes").EnumerateArray().Select(route => route.GetProperty("top_k").GetInt32()));
        var comparison = run.GetProperty("results").GetProperty("comparisons")[0];
        Assert.Equal(("garden@1", "garden@2"), (comparison.GetProperty("first").GetString(), comparison.GetProperty("second").GetString()));
        Assert.Equal(1, comparison.GetProperty("metrics").GetProperty("recall").GetProperty("equal").GetInt32());
    }

    [Fact]
    public async Task Run_WhoseRouteFailsHalfWay_CountsErrorsAndNoZeros()
    {
        var run = await _app.RunAsync(new { name = "half", routes = new[] { "plain" }, questions = new[] { new { question = "say yes", expect = "yes" }, new { question = "break", expect = "yes" } } });
        var route = run.GetProperty("results").GetProperty("routes")[0];
        Assert.Equal((1, 1), (route.GetProperty("answered").GetInt32(), route.GetProperty("errors").GetInt32()));
        Assert.Equal(1, route.GetProperty("error_codes").EnumerateObject().Single().Value.GetInt32());
        Assert.Equal((1.0, 1), (route.GetProperty("metrics").GetProperty("containment").GetProperty("value").GetDouble(), route.GetProperty("metrics").GetProperty("containment").GetProperty("n").GetInt32()));
    }

    [Fact]
    public async Task Run_WhoseHostIsKilled_EndsAndAsksNothingMoreThanOnceAgain()
    {
        var kills = new Queue<(string Name, bool Ran)>([("EvaluationBegin", true), ("EvaluationAsk", false), ("EvaluationAsk", true), ("EvaluationEnd", false), ("EvaluationEnd", true)]);
        _app.Durable.Crash = (name, ran) =>
        {
            if (!kills.TryPeek(out var next) || next != (name, ran)) return;
            kills.Dequeue();
            throw new HostKilledException();
        };
        var questions = Enumerable.Range(0, 25).Select(i => new { question = $"say number{i} please", expect = $"number{i}" }).ToArray();
        var id = await _app.StartRunAsync(new { name = "killed", routes = new[] { "plain" }, questions });
        for (var i = 0; i < 6; i++)
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
        var run = await _app.GetAsync(id);
        Assert.Equal(("completed", 25), (run.GetProperty("state").GetString(), run.GetProperty("results").GetProperty("routes")[0].GetProperty("answered").GetInt32()));
        Assert.All(_app.Asked.GroupBy(prompt => prompt), asked => Assert.InRange(asked.Count(), 1, 2));
        Assert.Equal(25, _app.Asked.Distinct().Count());
    }

    [Fact]
    public async Task Run_KilledBeforeABatchIsWritten_AsksThatBatchOnceAgainAndNoOther()
    {
        var id = await _app.StartRunAsync(new { name = "killed within", routes = new[] { "plain" }, concurrency = 1, questions = Enumerable.Range(0, 20).Select(i => new { question = $"say n{i}." }).ToArray() });
        var evaluations = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("evaluations");
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != "EvaluationAsk" || !ran) return;
            // The first batch's ten questions were asked, and what was measured never came to the storage.
            evaluations.GetBlobClient($"results/{id}/000/00000").Delete();
            throw new HostKilledException();
        };
        await Assert.ThrowsAsync<HostKilledException>(() => _app.Durable.RunAsync());
        _app.Durable.Crash = (_, _) => { };
        await _app.Durable.RunAsync();
        var run = await _app.GetAsync(id);
        Assert.Equal(("completed", 20), (run.GetProperty("state").GetString(), run.GetProperty("done").GetInt32()));
        var times = _app.Asked.GroupBy(prompt => prompt).ToDictionary(asked => asked.Key, asked => asked.Count());
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(i < 10 ? 2 : 1, times[$"say n{i}."]));
    }

    [Fact]
    public async Task Default_LeavesNoContentInBlobsHistoryOrLogs()
    {
        var body = new { name = "canary", routes = new[] { "garden", "plain" }, questions = new[] { new { question = "canaryquestion find canary.md say canaryanswer", document = "canarydocument.md", expect = "canaryexpected" }, new { question = "canaryquestion break", document = "canarydocument.md", expect = "canaryexpected" } } };
        var run = await _app.RunAsync(body);
        Assert.Equal("completed", run.GetProperty("state").GetString());
        var everything = await _app.EverythingAsync() + _app.Host.Logs.All + run.GetRawText();
        foreach (var content in (string[])["canaryquestion", "canaryanswer", "canaryexpected", "canarydocument", "secret-system-words", "Be kind."]) Assert.DoesNotContain(content, everything, StringComparison.OrdinalIgnoreCase);
        var report = await _app.Host.GetAsync($"/evaluations/{run.GetProperty("id").GetString()}/report");
        Assert.DoesNotContain("canaryquestion", report.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeepAnswers_KeepsThemForTheReport()
    {
        var run = await _app.RunAsync(new { name = "kept", routes = new[] { "plain" }, keep_answers = true, questions = new[] { new { question = "<b>asked</b> say <i>answered</i>" } } });
        var report = await _app.Host.GetAsync($"/evaluations/{run.GetProperty("id").GetString()}/report");
        Assert.Contains("&lt;b&gt;asked", report.Body, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;answered", report.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>answered", report.Body, StringComparison.Ordinal);
        await _app.Host.SendAsync(HttpMethod.Delete, $"/evaluations/{run.GetProperty("id").GetString()}");
        Assert.DoesNotContain("answered", await _app.EverythingAsync(), StringComparison.Ordinal);
        Assert.Equal(404, (await _app.Host.GetAsync($"/evaluations/{run.GetProperty("id").GetString()}")).Status);
    }

    [Fact]
    public async Task Limits_OfTheStartingClient_HoldForItsRun()
    {
        var client = await _app.Host.PostAsync("/clients", new { name = "team", allowed_routes = new[] { "plain" } });
        var (key, id) = (client.Json.GetProperty("key").GetString()!, client.Json.GetProperty("id").GetString()!);
        Assert.Equal((403, "routes[0]"), Refused(await _app.Host.PostAsync("/evaluations", new { name = "x", routes = new[] { "garden" }, questions = "gardening" }, key)));
        var limits = await _app.Host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", new { limits = new[] { new { calls = 1, renewal_period = "day" } } });
        Assert.True(limits.Status == 200, limits.Body);
        var run = await _app.RunAsync(new { name = "limited", routes = new[] { "plain" }, questions = new[] { new { question = "say one" }, new { question = "say two" } } }, key);
        var route = run.GetProperty("results").GetProperty("routes")[0];
        Assert.Equal((1, 1), (route.GetProperty("answered").GetInt32(), route.GetProperty("error_codes").GetProperty("rate_limit_exceeded").GetInt32()));

        // Somebody else sees nothing of it.
        var other = (await _app.Host.PostAsync("/clients", new { name = "other" })).Json.GetProperty("key").GetString();
        Assert.Equal(404, (await _app.Host.GetAsync($"/evaluations/{run.GetProperty("id").GetString()}", other)).Status);
        Assert.Empty((await _app.Host.GetAsync("/evaluations", other)).Json.GetProperty("evaluations").EnumerateArray());
        Assert.Single((await _app.Host.GetAsync("/evaluations", key)).Json.GetProperty("evaluations").EnumerateArray());
    }

    [Fact]
    public async Task Client_RemovedMeanwhile_IsAskedForNoMore()
    {
        var client = await _app.Host.PostAsync("/clients", new { name = "gone" });
        var id = await _app.StartRunAsync(new { name = "gone", routes = new[] { "plain" }, questions = new[] { new { question = "say one" } } }, client.Json.GetProperty("key").GetString());
        await _app.Host.SendAsync(HttpMethod.Delete, $"/clients/{client.Json.GetProperty("id").GetString()}");
        await _app.Durable.RunAsync();
        Assert.Equal(1, (await _app.GetAsync(id)).GetProperty("results").GetProperty("routes")[0].GetProperty("error_codes").GetProperty("client_gone").GetInt32());
        Assert.Empty(_app.Asked);
    }

    [Fact]
    public async Task Cancel_StopsAfterTheBatchUnderWay()
    {
        var id = await _app.StartRunAsync(new { name = "cancelled", routes = new[] { "plain" }, concurrency = 1, questions = Enumerable.Range(0, 40).Select(i => new { question = $"say n{i}" }).ToArray() });
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "EvaluationAsk" && ran) _app.Host.PostAsync($"/evaluations/{id}/cancel", new { }).GetAwaiter().GetResult();
        };
        await _app.Durable.RunAsync();
        var run = await _app.GetAsync(id);
        Assert.Equal(("cancelled", 10), (run.GetProperty("state").GetString(), run.GetProperty("done").GetInt32()));
        Assert.Equal(10, run.GetProperty("results").GetProperty("routes")[0].GetProperty("answered").GetInt32());
    }

    [Fact]
    public async Task Delete_WhileItRuns_LeavesNothing()
    {
        var id = await _app.StartRunAsync(new { name = "deleted", routes = new[] { "plain" }, questions = Enumerable.Range(0, 40).Select(i => new { question = $"say n{i}" }).ToArray() });
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == "EvaluationAsk" && ran) _app.Host.SendAsync(HttpMethod.Delete, $"/evaluations/{id}").GetAwaiter().GetResult();
        };
        await _app.Durable.RunAsync();
        var names = new List<string>();
        await foreach (var blob in new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("evaluations").GetBlobsAsync(new Azure.Storage.Blobs.Models.GetBlobsOptions())) names.Add(blob.Name);
        Assert.All(names, name => Assert.StartsWith("names/", name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"routes":["plain"],"questions":"gardening"}""", 400, "name")]
    [InlineData("""{"name":" ","routes":["plain"],"questions":"gardening"}""", 400, "name")]
    [InlineData("""{"name":"n","questions":"gardening"}""", 400, "routes")]
    [InlineData("""{"name":"n","routes":[],"questions":"gardening"}""", 400, "routes")]
    [InlineData("""{"name":"n","routes":["plain","no-such"],"questions":"gardening"}""", 404, "routes[1]")]
    [InlineData("""{"name":"n","routes":["plain@9"],"questions":"gardening"}""", 404, "routes[0]")]
    [InlineData("""{"name":"n","routes":["embed"],"questions":"gardening"}""", 400, "routes[0]")]
    [InlineData("""{"name":"n","routes":["plain","plain@1"],"questions":"gardening"}""", 400, "routes[1]")]
    [InlineData("""{"name":"n","routes":["plain"]}""", 400, "questions")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"no-such"}""", 400, "questions")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"c/none.jsonl"}""", 404, "questions")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":5}""", 400, "questions")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":[{"question":""}]}""", 400, "questions[0].question")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","k":0}""", 400, "k")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","seed":-1}""", 400, "seed")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","temperature":3}""", 400, "temperature")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","concurrency":9}""", 400, "concurrency")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","keep_answers":"yes"}""", 400, "keep_answers")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","refusal_phrases":[1]}""", 400, "refusal_phrases")]
    [InlineData("""{"name":"n","routes":["plain"],"questions":"gardening","extra":1}""", 400, "extra")]
    public async Task Start_WhatIsWrong_IsNamed(string body, int status, string field)
    {
        Assert.Equal((status, field), Refused(await _app.Host.PostAsync("/evaluations", body)));
        Assert.Empty(_app.Durable.Instances);
    }

    [Fact]
    public async Task Start_FromABlob_IsForOperatorsAndReadsJsonLines()
    {
        var documents = new BlobServiceClient(_app.Host.Storage).GetBlobContainerClient("documents");
        await documents.CreateIfNotExistsAsync();
        await documents.GetBlobClient("c/set.jsonl").UploadAsync(BinaryData.FromString("{\"question\":\"say one\"}\n{\"question\":\"say two\"}\n"), overwrite: true);
        var key = (await _app.Host.PostAsync("/clients", new { name = "reader" })).Json.GetProperty("key").GetString();
        var body = new { name = "blob", routes = new[] { "plain" }, questions = "c/set.jsonl" };
        Assert.Equal((403, "questions"), Refused(await _app.Host.PostAsync("/evaluations", body, key)));
        var run = await _app.RunAsync(body);
        Assert.Equal(("documents/c/set.jsonl", 2), (run.GetProperty("parameters").GetProperty("questions_from").GetString(), run.GetProperty("done").GetInt32()));
    }

    [Fact]
    public async Task List_OfManyRuns_ComesInPagesTheNewestFirst()
    {
        for (var i = 1; i <= 3; i++) await _app.RunAsync(new { name = "paged", routes = new[] { "plain" }, questions = new[] { new { question = "say one" } } });
        var first = (await _app.Host.GetAsync("/evaluations?top=2")).Json;
        Assert.Equal(2, first.GetProperty("evaluations").GetArrayLength());
        var second = (await _app.Host.GetAsync($"/evaluations?top=2&page_token={Uri.EscapeDataString(first.GetProperty("next_page_token").GetString()!)}")).Json;
        Assert.False(second.TryGetProperty("next_page_token", out _));
        int[] versions = [.. first.GetProperty("evaluations").EnumerateArray().Concat(second.GetProperty("evaluations").EnumerateArray()).Select(run => run.GetProperty("version").GetInt32())];
        Assert.Equal([1, 2, 3], versions.Order());
        Assert.Equal(400, (await _app.Host.GetAsync("/evaluations?top=0")).Status);
        Assert.Equal(404, (await _app.Host.GetAsync("/evaluations/..%2Fx")).Status);
    }

    private static (int Status, string? Field) Refused(GatewayHost.Answer answer) => (answer.Status, answer.Param);
}
