using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Serverless.EndToEnd.Tests;

[Collection("stack")]
public sealed class WorkerTests(StackFixture fixture)
{
    private readonly LocalStack _stack = fixture.Stack;

    [Fact]
    public async Task Worker_Killed_IsBackAndAnswers()
    {
        Assert.Equal(HttpStatusCode.OK, (await _stack.Worker.SendAsync(HttpMethod.Get, "/health/ready")).Status);
        var pid = ProcessTree.Children(_stack.ProcessId).Single(id => ProcessTree.CommandLine(id).Contains("Serverless.GpuWorker.dll", StringComparison.Ordinal));
        using (var kill = Process.Start("kill", ["-9", pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();

        for (var i = 0; ; i++)
        {
            try
            {
                if ((await _stack.Worker.SendAsync(HttpMethod.Get, "/health/ready")).Status == HttpStatusCode.OK) break;
            }
            catch (HttpRequestException) when (i < 600)
            {
            }

            Assert.True(i < 600, "The worker did not come back within a minute.");
            await Task.Delay(100);
        }

        var answer = await _stack.AskAsync("support-docs", "What is the context length of MPT-30B?");
        Assert.Contains("8k", answer.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorkersEngines_Killed_NoRequestNoticesAndTheWorkerStays()
    {
        int WorkerId() => ProcessTree.Children(_stack.ProcessId).Single(id => ProcessTree.CommandLine(id).Contains("Serverless.GpuWorker.dll", StringComparison.Ordinal));
        var worker = WorkerId();
        var engines = ProcessTree.Children(worker);
        Assert.Equal(2, engines.Count);
        foreach (var engine in engines)
        {
            using var kill = Process.Start("kill", ["-9", engine.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }

        var answer = await _stack.AskAsync("support-docs", "What is the context length of MPT-30B?");
        Assert.Contains("8k", answer.GetProperty("answer").GetString(), StringComparison.Ordinal);
        Assert.Equal(worker, WorkerId());
        Assert.DoesNotContain(engines, ProcessTree.IsAlive);
    }

    [Fact]
    public async Task Worker_AskedDirectly_SpeaksOpenAiAndCountsTokens()
    {
        var (models, list) = await _stack.Worker.SendAsync(HttpMethod.Get, "/v1/models");
        Assert.Equal(HttpStatusCode.OK, models);
        Assert.Contains(list.GetProperty("data").EnumerateArray(), m => m.GetProperty("id").GetString() == "demo-llama");
        var (tokenized, counts) = await _stack.Worker.SendAsync(HttpMethod.Post, "/tokenize", new { model = "demo-llama", prompt = "A fig tree drops its leaves." });
        Assert.Equal(HttpStatusCode.OK, tokenized);
        Assert.True(counts.GetProperty("count").GetInt32() > 5);
    }
}
