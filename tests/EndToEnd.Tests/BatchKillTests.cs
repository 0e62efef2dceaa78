using System.Net.Http.Headers;
using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

/// <summary>A stack that is killed while a batch runs.</summary>
[Collection("lifecycle")]
public sealed class BatchKillTests
{
    [Fact]
    public async Task Stack_KilledDuringABatch_EndsItAfterTheNextStart()
    {
        const int Requests = 200;
        await using var stack = new LocalStack();
        await stack.StartAsync();
        var input = await UploadAsync(stack, Requests);
        var (_, made) = await stack.Http.SendAsync(HttpMethod.Post, "/v1/batches", new { input_file_id = input, endpoint = "/v1/chat/completions", completion_window = "24h" });
        var id = made.GetProperty("id").GetString()!;
        await WaitAsync(stack, id, batch => batch.GetProperty("request_counts").GetProperty("completed").GetInt32() > 0);

        await stack.KillAsync();
        await stack.StartAsync();

        var ended = await WaitAsync(stack, id, batch => batch.GetProperty("status").GetString() is "completed" or "failed" or "expired");
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        var lines = await stack.Http.GetStringAsync($"/v1/files/{ended.GetProperty("output_file_id").GetString()}/content");
        var ids = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("custom_id").GetString());
        Assert.Equal(Enumerable.Range(0, Requests).Select(i => $"q{i}"), ids);
    }

    private static async Task<string> UploadAsync(LocalStack stack, int requests)
    {
        var lines = Enumerable.Range(0, requests).Select(i => JsonSerializer.Serialize(new
        {
            custom_id = $"q{i}",
            method = "POST",
            url = "/v1/chat/completions",
            body = new { model = "demo-chat", max_tokens = 8, messages = new[] { new { role = "user", content = $"What is compost, {i}?" } } },
        }));
        using var form = new MultipartFormDataContent();
        using var file = new StringContent(string.Join('\n', lines), new MediaTypeHeaderValue("application/jsonl"));
        using var purpose = new StringContent("batch");
        form.Add(purpose, "purpose");
        form.Add(file, "file", "questions.jsonl");
        using var response = await stack.Http.PostAsync(new Uri("/v1/files", UriKind.Relative), form);
        var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        return json.GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> WaitAsync(LocalStack stack, string id, Func<JsonElement, bool> until)
    {
        // Durable takes up what a dead host was at work on within a minute.
        for (var i = 0; ; i++)
        {
            var (_, batch) = await stack.Http.SendAsync(HttpMethod.Get, $"/v1/batches/{id}");
            if (until(batch)) return batch;
            Assert.True(i < 900, $"After three minutes: {batch}");
            await Task.Delay(200);
        }
    }
}
