using System.Diagnostics;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>One client's long prompts, one after the other, beside short ones of three others, in a closed loop until the long ones are answered.</summary>
internal sealed class LongPromptWorkload(LlmEngine engine, int vocabularySize)
{
    public const int LongPrompt = 1500, LongAnswer = 16, ShortestPrompt = 16, LongestPrompt = 48, ShortestAnswer = 8, LongestAnswer = 24;
    private const int Others = 3;

    private readonly RequestTimes _long = new(), _short = new();
    private int _tokens;
    private volatile bool _ended;

    /// <param name="requests">Long prompts.</param>
    public async Task<LongPromptResult> RunAsync(int requests)
    {
        long started = Stopwatch.GetTimestamp();
        var others = Enumerable.Range(1, Others).Select(AskShortAsync).ToList();
        for (int i = 0; i < requests; i++)
            await AskAsync(new Random(i), LongPrompt, LongAnswer, client: 0, _long);

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        int tokens = _tokens;
        _ended = true;
        await Task.WhenAll(others);
        return new LongPromptResult(requests, _short.FirstToken.Count, tokens / seconds, Percentiles.Of(_long.FirstToken), Percentiles.Of(_short.FirstToken), Percentiles.Of(_short.BetweenTokens));
    }

    private async Task AskShortAsync(int client)
    {
        for (var random = new Random(client * 10_000); !_ended;)
            await AskAsync(random, random.Next(ShortestPrompt, LongestPrompt + 1), random.Next(ShortestAnswer, LongestAnswer + 1), client, _short);
    }

    private async Task AskAsync(Random random, int prompt, int answer, int client, RequestTimes times)
    {
        var request = new GenerationRequest
        {
            PromptTokens = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(vocabularySize))],
            MaxTokens = answer,
            ClientId = $"client {client}",
            Sampling = new() { Temperature = 0 },
        };
        long last = Stopwatch.GetTimestamp();
        bool isFirst = true;
        await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
        {
            last = times.Token(isFirst, last);
            Interlocked.Add(ref _tokens, isFirst ? prompt + 1 : 1);
            isFirst = false;
        }
    }
}
