using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

[Collection("stack")]
public sealed class WorkerTests(StackFixture fixture)
{
    private readonly LocalStack _stack = fixture.Stack;

    [Fact]
    public async Task Worker_Killed_IsBackAndAnswers()
    {
        Assert.Equal(HttpStatusCode.OK, (await _stack.Worker.SendAsync(HttpMethod.Get, "/health/ready")).Status);
        await KillWorkerAsync();
        for (var i = 0; ; i++)
        {
            try
            {
                if ((await _stack.Worker.SendAsync(HttpMethod.Get, "/health/ready")).Status == HttpStatusCode.OK) break;
            }
            catch (Exception e) when (e is HttpRequestException or System.Net.Sockets.SocketException && i < 600)
            {
            }

            Assert.True(i < 600, "The worker did not come back within a minute.");
            await Task.Delay(100);
        }

        var answer = await _stack.AskAsync("support-docs", "What is the context length of MPT-30B?");
        Assert.Contains("8k", answer.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The gateway tells what the worker says of a request, which names a place in the schema and quotes no message.</summary>
    [Fact]
    public async Task Worker_RefusingASchema_SaysWhyThroughTheGateway()
    {
        var request = new
        {
            model = "demo-chat",
            messages = new[] { new { role = "user", content = "Hello, secret words?" } },
            response_format = new { type = "json_schema", json_schema = new { name = "n", schema = new { type = "object", properties = new { name = new { type = "string", nullable = true } } } } },
        };
        var (direct, through) = (await _stack.Worker.SendAsync(HttpMethod.Post, "/v1/chat/completions", request with { model = "demo-llama" }), await _stack.Http.SendAsync(HttpMethod.Post, "/v1/chat/completions", request));
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (direct.Status, through.Status));
        var message = through.Body.GetProperty("error").GetProperty("message").GetString();
        Assert.Equal(direct.Body.GetProperty("error").GetProperty("message").GetString(), message);
        Assert.Contains("nullable", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_KilledDuringAnAnswer_AnswerIsWhole()
    {
        var request = LongAnswer();
        var undisturbed = await ReadAsync(request, null);
        Assert.True(undisturbed.Length > 200, undisturbed);
        Assert.Equal(undisturbed, await ReadAsync(request, KillWorkerAsync));
    }

    [Fact]
    public async Task WorkersEngines_KilledDuringAnAnswer_AnswerIsWholeAndTheWorkerStays()
    {
        var request = LongAnswer();
        var (worker, undisturbed) = (WorkerId(), await ReadAsync(request, null));
        var engines = ProcessTree.Children(worker);

        // The Llama, the Instructor, and the samples' encoder, which is their reranker too.
        Assert.Equal(3, engines.Count);
        Assert.Equal(undisturbed, await ReadAsync(request, async () =>
        {
            foreach (var engine in engines) await KillAsync(engine);
        }));
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

    /// <summary>What the demo model makes of a list with so much alike is long, and not all of the list.</summary>
    private static object LongAnswer()
    {
        var list = string.Join(", ", Enumerable.Range(1, 60).Select(i => $"medlar {i}"));
        return new
        {
            model = "demo-chat",
            stream = true,
            max_tokens = 400,
            messages = new[] { new { role = "user", content = $"Context:\nRoses like sun.\n\nThe orchard's register names {list}.\n\nQuestion: What does the orchard's register name?" } },
        };
    }

    /// <summary>The text of a streamed answer; <paramref name="meanwhile"/> runs once when it has begun.</summary>
    private async Task<string> ReadAsync(object request, Func<Task>? meanwhile)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(request) };
        using var response = await _stack.Http.SendAsync(post, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var text = new StringBuilder();
        while (await lines.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal)) continue;
            var data = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            Assert.True(data.TryGetProperty("choices", out var choices), line);
            if (choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out var content)) text.Append(content.GetString());
            if (text.Length > 40 && Interlocked.Exchange(ref meanwhile, null) is { } act) await act();
        }

        Assert.Null(meanwhile);
        return text.ToString();
    }

    private int WorkerId() => ProcessTree.Children(_stack.ProcessId).Single(id => ProcessTree.CommandLine(id).Contains("Serverless.GpuWorker.dll", StringComparison.Ordinal));

    private Task KillWorkerAsync() => KillAsync(WorkerId());

    private static async Task KillAsync(int pid)
    {
        using var kill = Process.Start("kill", ["-9", pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
