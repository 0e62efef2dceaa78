using System.Diagnostics;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>
/// Requests of mixed lengths in a closed loop: whoever has its answer asks the next question. Of four clients the first has half of the
/// requests in flight, so that fairness has something to do.
/// </summary>
internal sealed class LoadWorkload(LlmEngine engine, int vocabularySize, int maxSequences)
{
    private const int Clients = 4, RequestsEach = 2, LeastRequests = 8;
    public const int ShortestPrompt = 16, LongestPrompt = 240, ShortestAnswer = 8, LongestAnswer = 56;

    private readonly RequestTimes _times = new();
    private readonly long[] _service = new long[Clients];
    private readonly int[] _unasked = new int[Clients];
    private readonly Lock _lock = new();
    private int _promptTokens, _generatedTokens;
    private double? _fairness;

    /// <param name="inFlight">Requests at once.</param>
    /// <param name="promptTokensBesideDecodes">What the engine was made with, for the result.</param>
    public async Task<LoadResult> RunAsync(int inFlight, int promptTokensBesideDecodes)
    {
        int[] workers = WorkersOf(inFlight);
        int each = Math.Max(RequestsEach, LeastRequests / inFlight);
        for (int client = 0; client < Clients; client++)
            _unasked[client] = workers[client] * each;

        bool allCompete = workers.Min() > (double)maxSequences / Clients;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).SelectMany(client => Enumerable.Range(0, workers[client]).Select(_ => LoopAsync(client))));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new LoadResult(
            inFlight,
            promptTokensBesideDecodes,
            inFlight * each,
            _promptTokens,
            _generatedTokens,
            seconds,
            Percentiles.Of(_times.FirstToken),
            Percentiles.Of(_times.BetweenTokens),
            allCompete ? _fairness : null);
    }

    /// <summary>How many requests each client has in flight: the first one half of them.</summary>
    public static int[] WorkersOf(int inFlight)
    {
        int others = inFlight / 2;
        return [inFlight - others, .. Enumerable.Range(1, Clients - 1).Select(i => (others + i - 1) / (Clients - 1))];
    }

    private async Task LoopAsync(int client)
    {
        while (Take(client) is { } number)
        {
            var random = new Random((client * 10_000) + number);
            var request = new GenerationRequest
            {
                PromptTokens = [.. Enumerable.Range(0, random.Next(ShortestPrompt, LongestPrompt + 1)).Select(_ => random.Next(vocabularySize))],
                MaxTokens = random.Next(ShortestAnswer, LongestAnswer + 1),
                ClientId = $"client {client}",
                Sampling = new() { Temperature = 0 },
            };
            long last = Stopwatch.GetTimestamp();
            bool isFirst = true;
            await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
            {
                last = _times.Token(isFirst, last);
                Count(client, isFirst ? request.PromptTokens.Length : 0);
                isFirst = false;
            }
        }
    }

    private int? Take(int client)
    {
        lock (_lock)
        {
            // From here on a client may be served less because it asks for less.
            if (_unasked[client] == 0)
                _fairness ??= Statistics.Jain(_service);

            return _unasked[client] > 0 ? _unasked[client]-- : null;
        }
    }

    private void Count(int client, int promptTokens)
    {
        lock (_lock)
        {
            _promptTokens += promptTokens;
            _generatedTokens++;
            _service[client] += (VirtualTokenCounters.PromptWeight * promptTokens) + VirtualTokenCounters.GeneratedWeight;
        }
    }
}
