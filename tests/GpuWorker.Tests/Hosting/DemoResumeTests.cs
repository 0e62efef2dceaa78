using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>Answers that are cut off and go on, and those whose time is up, through the real engine.</summary>
public sealed class DemoResumeTests(DemoWorker worker) : IClassFixture<DemoWorker>
{
    private const string Chat = "/v1/chat/completions";

    private const string Schema =
        """{"type":"object","properties":{"plant":{"type":"string","maxLength":30},"needs":{"type":"array","items":{"enum":["sun","water","support"]},"minItems":1,"maxItems":3}},"required":["plant","needs"]}""";

    public static TheoryData<string, string> Requests => new()
    {
        { "greedy", """{"temperature":0,"max_tokens":48}""" },
        // The demo model is sure of its answer, so noise tells only where that may not end.
        { "penalties", """{"temperature":2,"seed":11,"top_p":0.98,"frequency_penalty":0.7,"presence_penalty":0.4,"repetition_penalty":1.2,"min_tokens":40,"max_tokens":48}""" },
        { "stop string", """{"temperature":2,"seed":3,"stop":["tomato","grow ta"],"max_tokens":48}""" },
        { "schema", $$"""{"temperature":1.5,"seed":5,"max_tokens":120,"response_format":{"type":"json_schema","json_schema":{"name":"plant","schema":{{Schema}} } } }""" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Resume_CutAnywhere_GoesOnAsIfUndisturbed(string name, string fields)
    {
        var request = JsonNode.Parse(fields)!.AsObject();
        request["messages"] = JsonSerializer.SerializeToNode(DemoWorker.Messages);
        request["stream"] = true;
        request["return_token_ids"] = true;
        request["stream_options"] = new JsonObject { ["include_usage"] = true };
        var whole = await ReadAsync(request);
        Assert.True(whole.Tokens.Length > 6, name);
        Assert.Equal(whole.Tokens.Length, whole.CompletionTokens);

        foreach (int cut in new[] { 1, 2, whole.Tokens.Length / 2, whole.Tokens.Length - 1, whole.Tokens.Length })
        {
            var before = await ReadAsync(request, cut);
            Assert.Equal(whole.Tokens[..before.Tokens.Length], before.Tokens);
            var resumed = request.DeepClone().AsObject();
            resumed["resume"] = new JsonObject { ["token_ids"] = JsonSerializer.SerializeToNode(before.Tokens) };

            var after = await ReadAsync(resumed);

            Assert.Equal(whole.Text, before.Text + after.Text);
            Assert.Equal(whole.Tokens, before.Tokens.Concat(after.Tokens));
            Assert.Equal((whole.FinishReason, whole.CompletionTokens, before.Tokens.Length), (after.FinishReason, after.CompletionTokens, after.ResumedTokens));
        }
    }

    [Fact]
    public async Task Timeout_LongAnswer_Is504AndFreesItsBlocks()
    {
        // Four answers of 3,000 tokens each take seconds on any machine.
        var request = new { messages = DemoWorker.Messages, n = 4, min_tokens = 3000, max_tokens = 3000, timeout_seconds = 0.2, priority = -7 };
        using var response = await worker.Client.PostAsJsonAsync(Chat, request);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("deadline_exceeded", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString());
        await WorkerUnderTest.UntilAsync(() => worker.Engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 }, "the blocks to be free");

        var answer = await worker.PostAsync(Chat, new { messages = DemoWorker.Messages, max_tokens = 64, timeout_seconds = 100, priority = 7 });
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Timeout_StreamThatHasBegun_EndsWithTheErrorAndNoDone()
    {
        var request = new { messages = DemoWorker.Messages, min_tokens = 3000, max_tokens = 3000, timeout_seconds = 0.5, stream = true };
        using var response = await worker.Client.PostAsJsonAsync(Chat, request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.Contains("deadline_exceeded", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    /// <summary>Reads a streamed chat; hangs up once <paramref name="most"/> tokens or more have come.</summary>
    private async Task<StreamedAnswer> ReadAsync(JsonObject request, int most = int.MaxValue)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = JsonContent.Create(request) };
        using var response = await worker.Client.SendAsync(post, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync());
        int? resumedTokens = response.Headers.TryGetValues(ResumePoint.AcknowledgementHeader, out var header) ? int.Parse(header.Single(), CultureInfo.InvariantCulture) : null;
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var text = new StringBuilder();
        var tokens = new List<int>();
        string? finishReason = null;
        int? completionTokens = null;
        while (tokens.Count < most && await lines.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal)) continue;
            var chunk = JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]);
            if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object) completionTokens = usage.GetProperty("completion_tokens").GetInt32();
            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty("content", out var content)) text.Append(content.GetString());
                if (choice.TryGetProperty("token_ids", out var ids) && ids.ValueKind == JsonValueKind.Array) tokens.AddRange(ids.EnumerateArray().Select(id => id.GetInt32()));
                if (choice.TryGetProperty("finish_reason", out var finish) && finish.ValueKind == JsonValueKind.String) finishReason = finish.GetString();
            }
        }

        return new StreamedAnswer(text.ToString(), [.. tokens], finishReason, completionTokens, resumedTokens);
    }
}
