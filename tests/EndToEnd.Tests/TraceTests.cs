using System.Net.Http.Json;

namespace Serverless.EndToEnd.Tests;

/// <summary>What a collector of OpenTelemetry gets of the whole stack.</summary>
[Collection("lifecycle")]
public sealed class TraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task Question_OverGatewayAndWorker_IsOneTraceWithoutGaps()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var stack = new LocalStack();
        await stack.StartAsync(receiver.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = "gardening", stream = true, messages = new[] { new { role = "user", content = "What causes blossom end rot?" } } }),
            Headers = { { "traceparent", $"00-{Trace}-b7ad6b7169203331-01" } },
        };
        using var response = await stack.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);
        Assert.EndsWith("data: [DONE]\n\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        (string Service, string Name)[] expected =
        [
            ("serverless-gateway", "POST /v1/chat/completions"), ("serverless-gateway", "retrieval"), ("serverless-worker", "POST /v1/embeddings"),
            ("serverless-worker", "llm_request"), ("serverless-worker", "queue"), ("serverless-worker", "prefill"), ("serverless-worker", "decode"),
        ];
        var spans = (await receiver.UntilAsync(all =>
            expected.All(e => all.Any(s => s.TraceId == Trace && (s.Service, s.Name) == e)) && all.Where(s => s.TraceId == Trace && s.Name is "decode" or "POST /v1/embeddings").All(s => Ancestors(s, all).Count() > 2)))
            .Where(s => s.TraceId == Trace).ToList();

        // Down from what was asked to the engine's steps, each below the other's.
        var decode = spans.Single(s => s.Name == "decode");
        string[] path = [.. Ancestors(decode, spans).Select(s => s.Name)];
        Assert.Equal(["llm_request", "POST /v1/chat/completions"], path[..2].Select(n => n.Replace("/v1/completions", "/v1/chat/completions", StringComparison.Ordinal)));
        Assert.Contains("POST /v1/chat/completions", path);
        var embedding = spans.Single(s => s.Name == "POST /v1/embeddings");
        Assert.Contains("retrieval", Ancestors(embedding, spans).Select(s => s.Name));
        Assert.Equal(Ancestors(decode, spans).Last(s => s.Service == "serverless-gateway").SpanId, Ancestors(embedding, spans).Last(s => s.Service == "serverless-gateway").SpanId);

        // The samples' documents were brought in on the way up, each in one step, whose embeddings call is below it.
        var all = receiver.Spans;
        var steps = all.Where(s => s.Name == "DocumentBegin").ToList();
        Assert.All(steps, step => Assert.Matches("^[0-9a-f]{64}$", step.Attributes["serverless.document"]));
        Assert.Contains(all, s => s.Name.StartsWith("embeddings ", StringComparison.Ordinal) && steps.Any(step => (step.TraceId, step.SpanId) == (s.TraceId, s.ParentId)));
        Assert.DoesNotContain("Distributed Tracing", stack.Output, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<OtlpSpan> Ancestors(OtlpSpan span, IReadOnlyList<OtlpSpan> all)
    {
        while (all.SingleOrDefault(s => s.SpanId == span.ParentId) is { } parent)
        {
            yield return parent;
            span = parent;
        }
    }
}
