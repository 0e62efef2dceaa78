using System.Globalization;
using System.Text;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What the serving workloads of <c>gpu-worker bench</c> measured.</summary>
internal sealed record ServingReport
{
    public required DateTimeOffset Time { get; init; }

    public required string Shape { get; init; }

    public required string Format { get; init; }

    public required int Threads { get; init; }

    public required int SpinMicroseconds { get; init; }

    public required string Processor { get; init; }

    /// <summary>Load of the machine before the measurement.</summary>
    public required string MachineLoad { get; init; }

    public required int MaxSequences { get; init; }

    public required int MaxBatchedTokens { get; init; }

    public IReadOnlyList<LoadResult> Load { get; init; } = [];

    public LongPromptResult? LongPrompts { get; init; }

    public SharedPrefixResult? SharedPrefix { get; init; }

    public IReadOnlyList<OverheadResult> Overhead { get; init; } = [];

    public string ToTable()
    {
        var text = new StringBuilder();
        Line($"{Shape} {Format}, {ThreadWords.Of(Threads, SpinMicroseconds)}, {Processor}, load before {MachineLoad}, {Time:yyyy-MM-dd HH:mm}Z");
        Line($"at most {MaxSequences} sequences and {MaxBatchedTokens} tokens a step");
        if (Load.Count > 0)
        {
            Line($"");
            Line($"| in flight | prompt tokens beside decodes | requests | generated tokens/s | with prompts | TTFT p50, p99 ms | between tokens p50, p99 ms | Jain |");
            Line($"|---|---|---|---|---|---|---|---|");
            foreach (var r in Load)
                Line($"| {r.InFlight} | {r.PromptTokensBesideDecodes} | {r.Requests} | {r.GeneratedTokens / r.Seconds:F1} | {(r.PromptTokens + r.GeneratedTokens) / r.Seconds:F1} | {1e3 * r.FirstToken.P50:F0}, {1e3 * r.FirstToken.P99:F0} | {1e3 * r.BetweenTokens.P50:F1}, {1e3 * r.BetweenTokens.P99:F1} | {r.Fairness:F3} |");
        }
        if (LongPrompts is { } prompts)
        {
            Line($"");
            Line($"| {prompts.LongRequests} prompts of {LongPromptWorkload.LongPrompt} tokens, {prompts.ShortRequests} of {LongPromptWorkload.ShortestPrompt}..{LongPromptWorkload.LongestPrompt} beside them | p50, p99 ms |");
            Line($"|---|---|");
            Line($"| TTFT of the long ones | {1e3 * prompts.LongFirstToken.P50:F0}, {1e3 * prompts.LongFirstToken.P99:F0} |");
            Line($"| TTFT of the short ones | {1e3 * prompts.ShortFirstToken.P50:F0}, {1e3 * prompts.ShortFirstToken.P99:F0} |");
            Line($"| between their tokens | {1e3 * prompts.ShortBetweenTokens.P50:F0}, {1e3 * prompts.ShortBetweenTokens.P99:F0} |");
            Line($"| tokens/s of all | {prompts.TokensPerSecond:F0} |");
        }
        if (SharedPrefix is { } shared)
        {
            Line($"");
            Line($"| {shared.Requests} requests, {shared.CommonTokens} tokens in common, {shared.OwnTokens} of their own, {shared.AnswerTokens} answered | seconds |");
            Line($"|---|---|");
            Line($"| blocks shared | {shared.SharedSeconds:F2} |");
            Line($"| every prompt computed | {shared.UnsharedSeconds:F2} |");
            Line($"| ratio | {shared.UnsharedSeconds / shared.SharedSeconds:F1} |");
        }
        if (Overhead.Count > 0)
        {
            Line($"");
            Line($"| decoding | in the model ms | outside µs | share outside |");
            Line($"|---|---|---|---|");
            foreach (var r in Overhead)
                Line($"| batch {r.Batch}, {(r.Temperature > 0 ? $"temperature {r.Temperature:F1}, top-p 0.95" : "greedy")} | {1e3 * r.Inside:F2} | {1e6 * r.Between:F0} | {r.Between / (r.Between + r.Inside):P2} |");
        }
        Line($"");
        Line($"Random weights, the whole engine. Load: a closed loop of that many requests, prompts of 16..240 tokens, answers of 8..56, greedy, four clients of which");
        Line($"one has half of the requests; Jain: of their service (a prompt token 1, a generated one 2) while all had more in flight than a fair part of the batch.");
        Line($"Outside: from a step's end in the model to the next one's beginning, median, after a warm-up. Random logits are flat, the worst case for top-p.");
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
