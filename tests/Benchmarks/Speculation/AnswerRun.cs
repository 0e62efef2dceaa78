using System.Diagnostics;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.Benchmarks.Speculation;

/// <summary>A set of requests, answered with so many at once.</summary>
/// <param name="Answers">Tokens of each.</param>
/// <param name="Speed">Tokens a second of an answer from its first token to its last, all together.</param>
/// <param name="Throughput">Tokens a second of all answers, prompts included.</param>
internal sealed record AnswerRun(int[][] Answers, double Speed, double Throughput, DraftCounts Drafts)
{
    public static async Task<AnswerRun> OnAsync(LlmEngine engine, IReadOnlyList<GenerationRequest> requests, int batch)
    {
        var before = engine.GetStatus().Drafts;
        var answers = new int[requests.Count][];
        double seconds = 0;
        var gate = new Lock();
        long started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, requests.Count), new ParallelOptions { MaxDegreeOfParallelism = batch }, async (number, cancellationToken) =>
        {
            List<int> tokens = [];
            long first = 0, last = 0;
            await foreach (var token in engine.GenerateAsync(requests[number], cancellationToken))
            {
                last = Stopwatch.GetTimestamp();
                if (tokens.Count == 0)
                    first = last;

                tokens.Add(token.Id);
            }
            answers[number] = [.. tokens];
            lock (gate)
                seconds += Stopwatch.GetElapsedTime(first, last).TotalSeconds;
        });
        double whole = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var after = engine.GetStatus().Drafts;
        int all = answers.Sum(answer => answer.Length);
        return new AnswerRun(
            answers,
            (all - answers.Length) / seconds,
            all / whole,
            new DraftCounts(after.Drafts - before.Drafts, after.Tokens - before.Tokens, after.AcceptedTokens - before.AcceptedTokens));
    }
}
