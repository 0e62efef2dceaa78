using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.EndToEnd.Tests;

/// <summary>A marker goes through documents, questions, prompts and keys, and is looked for everywhere that it must not be.</summary>
[Collection("lifecycle")]
public sealed class CanaryTests
{
    [Fact]
    public async Task Marker_SentThroughEverything_IsRecordedNowhere()
    {
        var question = "canaryquestion" + Guid.NewGuid().ToString("N");
        var document = "canarydocument" + Guid.NewGuid().ToString("N");
        var key = "canarykey" + Guid.NewGuid().ToString("N");
        var batched = "canarybatch" + Guid.NewGuid().ToString("N");
        var temp = Directory.CreateTempSubdirectory("serverless-canary-tmp-");
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var stack = new LocalStack();
        Environment.SetEnvironmentVariable("TMPDIR", temp.FullName);
        try
        {
            await stack.StartAsync(receiver.Settings);
            await stack.DropAsync("gardening", "canary.txt", $"The word of the day is {document} and it grows in spring.");
            await stack.DropAsync("gardening", "canary-broken.json", $"{{ \"never closed\": \"{document}\"");
            await stack.AskAsync("gardening", $"What is {question} in spring?");
            await stack.Http.SendAsync(HttpMethod.Post, "/gateway/gardening/invocations", new { question = $"{question} [INST]" });
            await stack.Http.SendAsync(HttpMethod.Post, "/gateway/gardening/invocations", $"{{\"question\": \"{question}");
            await stack.Http.SendAsync(HttpMethod.Post, "/v1/chat/completions", new { model = "demo-chat", temperature = 99, messages = new[] { new { role = "user", content = question } } });
            await stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "canary", route_type = "llm/v1/completions", model = new { name = "m", provider = "mosaicml", mosaicml_config = new { mosaicml_api_key = key, mosaicml_api_base = "http://127.0.0.1:1" } } });
            await stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "canary", route_type = "llm/v1/completions", model = new { name = "m", provider = "mosaicml", mosaicml_config = new { mosaicml_api_key = key } } });
            await stack.Http.SendAsync(HttpMethod.Post, "/gateway/canary/invocations", new { prompt = question });
            await NodeScript.RunAsync("signalr.mjs", stack.Http.BaseAddress!.ToString().TrimEnd('/'), "gardening", $"What is {question} in spring?");
            await CallToolsAsync(stack.Http, question);
            await RunBatchAsync(stack.Http, batched);
            await RunMessageBatchAsync(stack.Http, batched);
            var clientKey = await UseEveryOperationAsync(stack.Http, question);
            var metrics = await stack.Worker.GetStringAsync("/metrics");
            metrics += await stack.Http.GetStringAsync("/metrics");
            Assert.Contains("gen_ai_client_operation_duration_seconds_count{", metrics, StringComparison.Ordinal);
            var (status, _) = await stack.Http.SendAsync(HttpMethod.Get, "/health");
            Assert.Equal(HttpStatusCode.OK, status);
            await stack.StopAsync();

            // The last spans leave as the processes end.
            Assert.Contains(receiver.Spans, span => span.Name == "llm_request");
            Assert.Contains(receiver.Spans, span => span.Name == "DocumentBegin");
            foreach (var marker in (string[])[question, document, key, clientKey, batched])
            {
                Assert.DoesNotContain(marker, metrics, StringComparison.OrdinalIgnoreCase);
                Assert.False(receiver.Holds(marker), $"{marker} was exported.");
            }

            Assert.False(receiver.Holds("canary.txt"), "A document's path was exported.");
            Assert.DoesNotContain(question, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(document, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(key, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(batched, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(clientKey, stack.Output, StringComparison.Ordinal);

            // Questions and keys: in no file at all. Documents: where documents and their index live, never in Durable history, logs or temp files.
            foreach (var file in Files(stack.Data).Concat(Files(temp.FullName)))
            {
                var bytes = await File.ReadAllBytesAsync(file);
                Assert.False(Holds(bytes, question), $"The question stands in {file}.");
                Assert.False(Holds(bytes, key), $"The key stands in {file}.");
                Assert.False(Holds(bytes, clientKey), $"The client's key stands in {file}.");
                var mayHoldDocuments = file.Contains("azurite", StringComparison.OrdinalIgnoreCase) || file.Contains("search", StringComparison.OrdinalIgnoreCase);
                Assert.False(!mayHoldDocuments && Holds(bytes, document), $"The document's text stands in {file}.");
                // A batch's questions and answers are its owner's files, in storage.
                Assert.False(!file.Contains("azurite", StringComparison.OrdinalIgnoreCase) && Holds(bytes, batched), $"A batch's text stands in {file}.");
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", null);
            temp.Delete(recursive: true);
        }
    }

    /// <summary>Asks by a batch, well and badly, and waits for its end.</summary>
    private static async Task RunBatchAsync(HttpClient http, string marker)
    {
        var lines = ((string[])["demo-chat", marker]).Select((model, i) =>
            JsonSerializer.Serialize(new { custom_id = $"{marker}{i}", method = "POST", url = "/v1/chat/completions", body = new { model, max_tokens = 4, messages = new[] { new { role = "user", content = marker } } } }));
        using var form = new MultipartFormDataContent();
        using var purpose = new StringContent("batch");
        using var file = new StringContent(string.Join('\n', lines));
        form.Add(purpose, "purpose");
        form.Add(file, "file", $"{marker}.jsonl");
        using var uploaded = await http.PostAsync(new Uri("/v1/files", UriKind.Relative), form);
        var input = JsonDocument.Parse(await uploaded.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        var (_, batch) = await http.SendAsync(HttpMethod.Post, "/v1/batches", new { input_file_id = input, endpoint = "/v1/chat/completions", completion_window = "24h" });
        for (var i = 0; batch.GetProperty("status").GetString() is not "completed"; i++)
        {
            Assert.True(i < 600, batch.ToString());
            await Task.Delay(200);
            (_, batch) = await http.SendAsync(HttpMethod.Get, $"/v1/batches/{batch.GetProperty("id").GetString()}");
        }

        Assert.Equal((1, 1), (batch.GetProperty("request_counts").GetProperty("completed").GetInt32(), batch.GetProperty("request_counts").GetProperty("failed").GetInt32()));
    }

    /// <summary>Asks by a message batch, well and badly, and waits for its end.</summary>
    private static async Task RunMessageBatchAsync(HttpClient http, string marker)
    {
        var requests = ((string[])["demo-chat", marker]).Select((model, i) => new { custom_id = $"{marker}{i}", @params = new { model, max_tokens = 4, messages = new[] { new { role = "user", content = marker } } } });
        var (_, batch) = await http.SendAsync(HttpMethod.Post, "/v1/messages/batches", new { requests });
        for (var i = 0; batch.GetProperty("processing_status").GetString() is not "ended"; i++)
        {
            Assert.True(i < 600, batch.ToString());
            await Task.Delay(200);
            (_, batch) = await http.SendAsync(HttpMethod.Get, $"/v1/messages/batches/{batch.GetProperty("id").GetString()}");
        }

        Assert.Equal((1, 1), (batch.GetProperty("request_counts").GetProperty("succeeded").GetInt32(), batch.GetProperty("request_counts").GetProperty("errored").GetInt32()));
    }

    /// <summary>Searches, reads a document and asks by MCP, well and badly.</summary>
    private static async Task CallToolsAsync(HttpClient http, string marker)
    {
        var answered = "";
        foreach (var (tool, argument, value) in ((string, string, string)[])[("search", "query", $"What is {marker} in spring?"), ("fetch", "id", "gardening/canary.txt"), ("fetch", "id", $"gardening/{marker}"), ("ask_gardening", "question", $"What is {marker} in spring?"), ("ask_gardening", marker, marker), (marker, marker, marker)])
        {
            var message = JsonSerializer.Serialize(new { jsonrpc = "2.0", id = marker, method = "tools/call", @params = new { name = tool, arguments = new Dictionary<string, string> { [argument] = value }, _meta = new { progressToken = marker } } });
            foreach (var body in (string[])[message, message[..^1]])
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
                using var response = await http.SendAsync(request);
                answered += await response.Content.ReadAsStringAsync();
            }
        }

        Assert.Contains("The word of the day is", answered, StringComparison.Ordinal);
    }

    /// <summary>Asks for each operation that the gateway describes as a client, with its key in either header, well and badly, and rotates the key at the end.</summary>
    /// <returns>The part of the key that is secret.</returns>
    private static async Task<string> UseEveryOperationAsync(HttpClient http, string marker)
    {
        var (_, client) = await http.SendAsync(HttpMethod.Post, "/clients", new { name = "canary", groups = new[] { "canaries" } });
        var key = client.GetProperty("key").GetString()!;
        var (_, description) = await http.SendAsync(HttpMethod.Get, "/openapi.json");
        var asked = 0;
        foreach (var path in description.GetProperty("paths").EnumerateObject())
        {
            var target = Regex.Replace(path.Name, @"\{[^}]*\}", "gardening");
            foreach (var operation in path.Value.EnumerateObject().Where(operation => operation.Name is "get" or "post" or "put" or "patch" or "delete"))
            {
                foreach (var body in (string?[])[null, "{}", $$"""{"model":"demo-chat","question":"{{marker}}","prompt":"{{marker}}","messages":[{"role":"user","content":"{{marker}}"}],"max_tokens":2}""", $$"""{"name":"{{marker}}" """])
                {
                    if (body is not null && operation.Name is "get" or "delete") continue;
                    using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), $"{target}?page_token={(body is null ? "" : marker)}");
                    request.Headers.TryAddWithoutValidation(asked++ % 2 == 0 ? "x-api-key" : "Authorization", asked % 2 == 1 ? key : $"Bearer {key}");
                    if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                    using var response = await http.SendAsync(request);
                    Assert.True((int)response.StatusCode < 500, $"{request.Method} {path.Name} {body?.Length}: {response.StatusCode}");
                    Assert.DoesNotContain(key, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                }
            }
        }

        Assert.InRange(asked, 100, 1000);
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(HttpMethod.Post, $"/clients/{client.GetProperty("id").GetString()}/rotate", new { overlap_seconds = 0 })).Status);
        using var old = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        old.Headers.TryAddWithoutValidation("x-api-key", key);
        using var refused = await http.SendAsync(old);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        return key["sk-0123456789abcdef-".Length..];
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true });

    private static bool Holds(byte[] bytes, string marker) =>
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(marker)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(marker)) >= 0;
}
