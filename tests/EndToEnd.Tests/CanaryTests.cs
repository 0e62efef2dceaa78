using System.Net;
using System.Text;

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
            var metrics = await stack.Worker.GetStringAsync("/metrics");
            metrics += await stack.Http.GetStringAsync("/metrics");
            Assert.Contains("gen_ai_client_operation_duration_seconds_count{", metrics, StringComparison.Ordinal);
            var (status, _) = await stack.Http.SendAsync(HttpMethod.Get, "/health");
            Assert.Equal(HttpStatusCode.OK, status);
            await stack.StopAsync();

            // The last spans leave as the processes end.
            Assert.Contains(receiver.Spans, span => span.Name == "llm_request");
            Assert.Contains(receiver.Spans, span => span.Name == "DocumentBegin");
            foreach (var marker in (string[])[question, document, key])
            {
                Assert.DoesNotContain(marker, metrics, StringComparison.OrdinalIgnoreCase);
                Assert.False(receiver.Holds(marker), $"{marker} was exported.");
            }

            Assert.False(receiver.Holds("canary.txt"), "A document's path was exported.");
            Assert.DoesNotContain(question, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(document, stack.Output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(key, stack.Output, StringComparison.OrdinalIgnoreCase);

            // Questions and keys: in no file at all. Documents: where documents and their index live, never in Durable history, logs or temp files.
            foreach (var file in Files(stack.Data).Concat(Files(temp.FullName)))
            {
                var bytes = await File.ReadAllBytesAsync(file);
                Assert.False(Holds(bytes, question), $"The question stands in {file}.");
                Assert.False(Holds(bytes, key), $"The key stands in {file}.");
                var mayHoldDocuments = file.Contains("azurite", StringComparison.OrdinalIgnoreCase) || file.Contains("search", StringComparison.OrdinalIgnoreCase);
                Assert.False(!mayHoldDocuments && Holds(bytes, document), $"The document's text stands in {file}.");
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", null);
            temp.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true });

    private static bool Holds(byte[] bytes, string marker) =>
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(marker)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(marker)) >= 0;
}
