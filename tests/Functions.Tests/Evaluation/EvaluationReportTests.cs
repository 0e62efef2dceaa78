using System.Text.RegularExpressions;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Evaluation;

/// <summary>The page, comparisons with another run, and what is sent to MLflow.</summary>
[Collection("gateway")]
public sealed class EvaluationReportTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private EvaluationApp _app = null!;

    public async Task InitializeAsync() => _app = await EvaluationApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Report_LoadsAndRunsNothing()
    {
        var run = await RunAsync("<script>alert(1)</script>", "find a.md say a", "a");
        var report = await _app.Host.GetAsync($"/evaluations/{run}/report");
        Assert.Equal(200, report.Status);
        var policy = report.Headers["Content-Security-Policy"];
        var nonce = Regex.Match(policy, "style-src 'nonce-([0-9a-f]{32})'").Groups[1].Value;
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains($"<style nonce=\"{nonce}\">", report.Body, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("<script|\\son\\w+=|\\sstyle=|\\ssrc=|\\shref=|url\\(|@import", RegexOptions.IgnoreCase), report.Body);
        Assert.Contains("<svg", report.Body, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", report.Body, StringComparison.Ordinal);
        Assert.NotEqual(policy, (await _app.Host.GetAsync($"/evaluations/{run}/report")).Headers["Content-Security-Policy"]);
    }

    /// <summary>What decides which questions are refused is among a run's parameters, and its figures among the charts.</summary>
    [Fact]
    public async Task Report_ARouteWithAReranker_ShowsItAndItsFloorsAndHowItRefuses()
    {
        var run = await RunAsync("reranked", "find a.md say a", "a");
        var report = await _app.Host.GetAsync($"/evaluations/{run}/report");
        Assert.Contains("<td>12 by rank</td>", report.Body, StringComparison.Ordinal);
        Assert.Contains("<td>rerank 0.125, similarity 0.25</td>", report.Body, StringComparison.Ordinal);
        Assert.Contains("rank@1 (gpu-worker small)", report.Body, StringComparison.Ordinal);
        var route = (await _app.Host.GetAsync($"/evaluations/{run}")).Json.GetProperty("parameters").GetProperty("routes")[0];
        Assert.Equal("""{"route":"rank","candidates":12,"floor":0.125}""", route.GetProperty("rerank").GetRawText());
        Assert.Equal("wrong_route_type", (await _app.Host.PostAsync("/evaluations", new { name = "x", routes = new[] { "rank" }, questions = new[] { new { question = "Why?" } } })).Code);
    }

    [Fact]
    public async Task Report_AgainstAnotherRun_ComparesQuestionByQuestion()
    {
        var before = await RunAsync("before", "find x.md say a", "a");
        await _app.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/garden", new { rag = new { top_k = 2 } });
        var after = await RunAsync("after", "find x.md say a", "a");
        var report = (await _app.Host.GetAsync($"/evaluations/{after}/report?against={before}&format=json")).Json;
        Assert.True(report.GetProperty("same_questions").GetBoolean());
        var comparison = Assert.Single(report.GetProperty("comparisons").EnumerateArray());
        Assert.Equal(("garden@1", "garden@2"), (comparison.GetProperty("first").GetString(), comparison.GetProperty("second").GetString()));
        Assert.Contains("Against before, run 1", (await _app.Host.GetAsync($"/evaluations/{after}/report?against={before}")).Body, StringComparison.Ordinal);

        var other = await RunAsync("other", "find x.md say b", "b");
        Assert.False((await _app.Host.GetAsync($"/evaluations/{after}/report?against={other}&format=json")).Json.GetProperty("same_questions").GetBoolean());
        Assert.Equal("against", (await _app.Host.GetAsync($"/evaluations/{after}/report?against=nope")).Param);
        Assert.Equal("format", (await _app.Host.GetAsync($"/evaluations/{after}/report?format=pdf")).Param);
    }

    [Fact]
    public async Task Export_ToMlflow_MakesOneRunForEachRoute()
    {
        var known = false;
        _app.Host.Provider.On("/ml/api/2.0/mlflow/experiments/get-by-name", http => known
            ? FakeProvider.Json(http, new { experiment = new { experiment_id = "7", name = "exported", lifecycle_stage = "active" } })
            : FakeProvider.Json(http, new { error_code = "RESOURCE_DOES_NOT_EXIST", message = "no" }, 404));
        _app.Host.Provider.On("/ml/api/2.0/mlflow/experiments/create", http => FakeProvider.Json(http, new { experiment_id = "7" }));
        _app.Host.Provider.On("/ml/api/2.0/mlflow/runs/create", http => FakeProvider.Json(http, new { run = new { info = new { run_id = "r1", experiment_id = "7", status = "RUNNING" }, data = new { } } }));
        _app.Host.Provider.On("/ml/api/2.0/mlflow/runs/log-batch", http => FakeProvider.Json(http, new { }));
        _app.Host.Provider.On("/ml/api/2.0/mlflow/runs/update", http => FakeProvider.Json(http, new { run_info = new { run_id = "r1", status = "FINISHED" } }));
        var id = await RunAsync("exported", "find a.md say canaryanswer", "canaryanswer");
        var body = new { tracking_url = $"{_app.Host.Provider.Address}ml/", token = "mlflow-secret-token" };
        var exported = await _app.Host.PostAsync($"/evaluations/{id}/export", body);
        Assert.True(exported.Status == 200, exported.Body);
        Assert.Equal(("7", "r1"), (exported.Json.GetProperty("experiment_id").GetString(), exported.Json.GetProperty("runs")[0].GetProperty("run_id").GetString()));

        var batch = _app.Host.Provider.Single("/ml/api/2.0/mlflow/runs/log-batch");
        Assert.Equal("Bearer mlflow-secret-token", batch.Authorization);
        var metrics = batch.Json.GetProperty("metrics").EnumerateArray().ToDictionary(metric => metric.GetProperty("key").GetString()!);
        Assert.Equal(1.0, metrics["recall_at_5"].GetProperty("value").GetDouble());
        Assert.All(metrics.Values, metric => Assert.True(metric.GetProperty("timestamp").GetInt64() > 0 && metric.GetProperty("step").GetInt64() == 0));
        Assert.All(metrics.Keys, key => Assert.Matches("^[A-Za-z0-9_.\\- /]{1,250}$", key));
        Assert.Contains(batch.Json.GetProperty("params").EnumerateArray(), parameter => parameter.GetProperty("key").GetString() == "route" && parameter.GetProperty("value").GetString() == "garden@1");
        Assert.DoesNotContain("canaryanswer", batch.Body, StringComparison.Ordinal);
        Assert.Equal("FINISHED", _app.Host.Provider.Single("/ml/api/2.0/mlflow/runs/update").Json.GetProperty("status").GetString());
        Assert.DoesNotContain("mlflow-secret-token", _app.Host.Logs.All + await _app.EverythingAsync(), StringComparison.Ordinal);

        known = true;
        Assert.Equal(200, (await _app.Host.PostAsync($"/evaluations/{id}/export", body)).Status);
        Assert.Equal(1, _app.Host.Provider.Count("/ml/api/2.0/mlflow/experiments/create"));
        _app.Host.Provider.On("/ml/api/2.0/mlflow/runs/create", http => FakeProvider.Error(http, 403));
        Assert.Equal(502, (await _app.Host.PostAsync($"/evaluations/{id}/export", body)).Status);
    }

    [Theory]
    [InlineData("""{}""", "tracking_url")]
    [InlineData("""{"tracking_url":"nonsense"}""", "tracking_url")]
    [InlineData("""{"tracking_url":"http://169.254.169.254/"}""", "tracking_url")]
    [InlineData("""{"tracking_url":"https://10.0.0.1/"}""", "tracking_url")]
    [InlineData("""{"tracking_url":"https://user:pass@a.example.com/"}""", "tracking_url")]
    [InlineData("""{"tracking_url":"https://a.example.com/","token":"a b"}""", "token")]
    [InlineData("""{"tracking_url":"https://a.example.com/","experiment":" "}""", "experiment")]
    [InlineData("""{"tracking_url":"https://a.example.com/","more":1}""", "more")]
    public async Task Export_WhatIsWrong_IsNamed(string body, string field)
    {
        var id = await RunAsync("refused", "say a", "a");
        var refused = await _app.Host.PostAsync($"/evaluations/{id}/export", body);
        Assert.Equal((400, field), (refused.Status, refused.Param));
    }

    [Fact]
    public async Task Export_OfARunUnderWay_IsRefused()
    {
        var id = await _app.StartRunAsync(new { name = "early", routes = new[] { "plain" }, questions = new[] { new { question = "say a" } } });
        Assert.Equal(409, (await _app.Host.PostAsync($"/evaluations/{id}/export", new { tracking_url = _app.Host.Provider.Address.AbsoluteUri })).Status);
        Assert.Equal(200, (await _app.Host.GetAsync($"/evaluations/{id}/report")).Status);
    }

    private async Task<string> RunAsync(string name, string question, string expect) =>
        (await _app.RunAsync(new { name, routes = new[] { "garden" }, questions = new[] { new { question, document = "a.md", expect } } })).GetProperty("id").GetString()!;
}
