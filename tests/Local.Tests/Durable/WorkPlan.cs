using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Serverless.Local.Durable;

namespace Local.Tests.Durable;

/// <summary>A made-up orchestration, as data: what it does, and what must come of it.</summary>
public sealed record WorkPlan(WorkKind Kind, int Value, IReadOnlyList<WorkPlan> Parts)
{
    private const int Rounds = 3;

    /// <summary>The result, by definition rather than by running it.</summary>
    public int Expected() => Kind switch
    {
        WorkKind.Activity or WorkKind.Flaky => Work(Value),
        WorkKind.Loop => Enumerable.Range(0, Rounds).Aggregate(Value, (sum, _) => Work(sum)),
        WorkKind.Timer or WorkKind.Event => Value,
        WorkKind.Child => Parts[0].Expected(),
        _ => Fold(Parts.Select(part => part.Expected())),
    };

    public static WorkPlan Random(Random random, int depth)
    {
        var kind = (WorkKind)random.Next(depth == 0 ? (int)WorkKind.Child : (int)WorkKind.Parallel + 1);
        var parts = kind < WorkKind.Child ? 0 : kind == WorkKind.Child ? 1 : random.Next(1, 4);
        return new(kind, random.Next(1000), [.. Enumerable.Range(0, parts).Select(_ => Random(random, depth - 1))]);
    }

    /// <summary>Registers what carries plans out: orchestrators "Plan" and "Loop".</summary>
    public static DurableRegistry Registry()
    {
        var failed = new ConcurrentDictionary<string, bool>();
        var registry = new DurableRegistry();
        registry.AddActivity("Work", (call, _) => Task.FromResult<object?>(Work(call.ReadInput<int>())));
        registry.AddActivity("Flaky", (call, _) => failed.TryAdd($"{call.InstanceId} {call.InputJson}", true)
            ? throw new TimeoutException("busy")
            : Task.FromResult<object?>(Work(call.ReadInput<int>())));
        registry.AddOrchestrator("Plan", async context => await RunAsync(context, context.GetInput<WorkPlan>()!));
        registry.AddOrchestrator("Loop", async context =>
        {
            var (round, sum) = (context.GetInput<int[]>()![0], context.GetInput<int[]>()![1]);
            if (round == Rounds) return sum;
            context.ContinueAsNew(new[] { round + 1, await context.CallActivityAsync<int>("Work", sum) });
            return null;
        });
        return registry;
    }

    private static async Task<int> RunAsync(TaskOrchestrationContext context, WorkPlan plan)
    {
        switch (plan.Kind)
        {
            case WorkKind.Activity:
                return await context.CallActivityAsync<int>("Work", plan.Value);
            case WorkKind.Flaky:
                return await context.CallActivityAsync<int>("Flaky", plan.Value, TaskOptions.FromRetryPolicy(new(5, TimeSpan.FromMilliseconds(1))));
            case WorkKind.Timer:
                await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
                return plan.Value;
            case WorkKind.Event:
                context.SendEvent(context.InstanceId, $"event-{plan.Value}", plan.Value);
                return await context.WaitForExternalEvent<int>($"EVENT-{plan.Value}");
            case WorkKind.Loop:
                return await context.CallSubOrchestratorAsync<int>("Loop", new[] { 0, plan.Value });
            case WorkKind.Child:
                return await context.CallSubOrchestratorAsync<int>("Plan", plan.Parts[0]);
            case WorkKind.Parallel:
                return Fold(await Task.WhenAll(plan.Parts.Select(part => RunAsync(context, part))));
            default:
                var results = new List<int>();
                foreach (var part in plan.Parts) results.Add(await RunAsync(context, part));
                return Fold(results);
        }
    }

    private static int Work(int n) => unchecked((n * 7) + 3) % 100_003;

    private static int Fold(IEnumerable<int> values) => values.Aggregate(17, (sum, n) => unchecked((sum * 31) + n) % 1_000_003);
}
