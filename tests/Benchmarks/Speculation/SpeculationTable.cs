using System.Globalization;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;

namespace Serverless.Benchmarks.Speculation;

/// <summary>Compares an engine that drafts with one that does not, in turns, and prints a row a load.</summary>
internal sealed class SpeculationTable(LlmEngine plain, LlmEngine drafting, int rounds)
{
    public static void Head()
    {
        Console.WriteLine("| load | at once | tokens/s of an answer, off | on | ratio | tokens/s of all, off | on | ratio | drafted, of all tokens | accepted of drafted |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
    }

    /// <param name="requests">Those of a round, by its number.</param>
    public async Task RowAsync(string load, int batch, Func<int, IReadOnlyList<GenerationRequest>> requests)
    {
        List<AnswerRun> off = [], on = [];
        for (int round = 0; round < rounds; round++)
        {
            var asked = requests(round);
            foreach (bool drafts in round % 2 == 0 ? (bool[])[false, true] : [true, false])
                (drafts ? on : off).Add(await AnswerRun.OnAsync(drafts ? drafting : plain, asked, batch));

            if (!off[^1].Answers.Zip(on[^1].Answers).All(pair => pair.First.SequenceEqual(pair.Second)))
                throw new InvalidOperationException("Answers differ with drafts and without.");
        }
        var counts = on.Aggregate(default(DraftCounts), (sum, run) => sum.Plus(run.Drafts));
        long tokens = on.Sum(run => run.Answers.Sum(answer => (long)answer.Length));
        Line($"| {load} | {batch} | {Median(off, run => run.Speed):F1} | {Median(on, run => run.Speed):F1} | {Ratio(run => run.Speed):F2} | {Median(off, run => run.Throughput):F1} | {Median(on, run => run.Throughput):F1} | {Ratio(run => run.Throughput):F2} | {(double)counts.Tokens / tokens:P0} | {(counts.Tokens == 0 ? 0 : (double)counts.AcceptedTokens / counts.Tokens):P0} |");

        double Ratio(Func<AnswerRun, double> figure) => Statistics.Median([.. off.Zip(on, (plainly, drafted) => figure(drafted) / figure(plainly))]);
    }

    /// <summary>What rows cost, and the rate at which drafts must come.</summary>
    public static void Costs(StepCosts costs)
    {
        Console.WriteLine("| drafts of one sequence | cost of the step, in units of one row | break-even acceptance | most that it may gain |");
        Console.WriteLine("|---|---|---|---|");
        foreach (int drafts in (int[])[1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 19, 23, 31])
        {
            if (!costs.IsMeasured(drafts + 1))
                continue;

            double cost = costs.Of(drafts + 1) / costs.Of(1);
            Line($"| {drafts} | {cost:F2} | {(costs.BreakEven(drafts) is var rate and <= 1 ? rate.ToString("F2", CultureInfo.InvariantCulture) : "none")} | {(drafts + 1) / cost:F2} |");
        }
    }

    private static double Median(List<AnswerRun> runs, Func<AnswerRun, double> figure) => Statistics.Median([.. runs.Select(figure)]);

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
