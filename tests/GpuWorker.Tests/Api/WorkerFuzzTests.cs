using Serverless.Contracts.Tests.Fuzzing;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>
/// Wrong requests to every endpoint, over a socket: bodies, paths, queries, headers, methods. Whatever a caller sends, the answer is never a 5xx, names no exception
/// and has the error's shape; the next request works. FUZZ_REQUESTS and FUZZ_SEED make more of them, or those of a failure again.
/// </summary>
public sealed class WorkerFuzzTests
{
    // What no field is at fault in, or no telling which.
    private static readonly HashSet<string> Unnamed = new(StringComparer.Ordinal)
    {
        "malformed_json", "invalid_utf8", "invalid_unicode", "invalid_type", "duplicate_field", "not_found", "method_not_allowed", "unsupported_media_type", "unsupported_content_encoding", "body_too_large",
    };

    private static readonly object Fixed = new { messages = new[] { new { role = "user", content = "Why?" } }, seed = 1, temperature = 0 };

    private static readonly DocumentedRequest[] Requests =
    [
        .. MutatedRequests.Valid.Select(valid => new DocumentedRequest("POST", valid.Path.Replace("/llama/", "/{llama}/", StringComparison.Ordinal), valid.Body)),
        new("GET", "/v1/models"), new("GET", "/v1/models/{llama}"), new("GET", "/health/{live}"), new("GET", "/health/ready"), new("GET", "/metrics?a={1}"), new("GET", "/{none}"),
    ];

    [Fact]
    public async Task AnyEndpoint_SpoiltRequests_AreRefusedWithoutA5xxAndHarmNobody()
    {
        var count = FuzzSettings.Number("FUZZ_REQUESTS", 1500);
        var seed = FuzzSettings.Number("FUZZ_SEED", 2026);
        await using var worker = await WorkerUnderTest.StartAsync();
        var server = worker.Client.BaseAddress!;
        var fuzzer = new RequestFuzzer(Requests, server.Authority, seed);
        var before = await AnswerAsync(worker);
        var failures = new List<string>();
        var (answered, refused) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var request = fuzzer.Next();
            var answer = await RawAnswer.OfAsync(server, request);
            if (answer.Status is >= 400 and < 500) refused++;
            else answered++;
            // What Kestrel cannot read does not reach the app, and has no body.
            if (AnswerFaults.Of(request, answer, isOfTheApp: answer.Body.Length > 0, Unnamed) is { } fault) failures.Add($"{i} of seed {seed}: {fault}\n{answer.Status} {answer.Body[..Math.Min(answer.Body.Length, 600)]}\n{request}");
            if (i % 250 == 249) Assert.Equal(before, await AnswerAsync(worker));
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join("\n\n", failures.Take(FuzzSettings.Number("FUZZ_SHOWN", 12)))}");
        Assert.Equal(before, await AnswerAsync(worker));
        Assert.True(answered > count / 10 && refused > count / 4, $"{answered} answered, {refused} refused");
        Assert.Equal(0, worker.Engine.Running);
    }

    private static async Task<string> AnswerAsync(WorkerUnderTest worker) =>
        (await worker.PostJsonAsync("/v1/chat/completions", Fixed)).GetProperty("choices").GetRawText();
}
