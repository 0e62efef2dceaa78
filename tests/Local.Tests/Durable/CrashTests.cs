using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;
using Serverless.Local.Durable.Storage;

namespace Local.Tests.Durable;

/// <summary>Whenever the engine dies, the next one on the same file ends every orchestration as if nothing had happened.</summary>
public sealed class CrashTests : IDisposable
{
    private const string Id = "plan-1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-crash-").FullName;

    private string NewFile => Path.Combine(_folder, $"{Guid.NewGuid():N}.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Engine_KilledAtEveryPoint_CompletesOnceWithTheSameResult()
    {
        // One of each: activity, retry, timer, event, continued loop, child, fan-out.
        WorkPlan Leaf(WorkKind kind) => new(kind, 5 + (int)kind, []);
        var plan = new WorkPlan(WorkKind.Sequence, 0,
        [
            new(WorkKind.Parallel, 0, [Leaf(WorkKind.Activity), Leaf(WorkKind.Timer), Leaf(WorkKind.Event)]),
            new(WorkKind.Child, 0, [Leaf(WorkKind.Flaky)]),
            Leaf(WorkKind.Loop),
        ]);
        var points = (await LiveAsync(NewFile, plan, int.MaxValue)).Points;
        Assert.InRange(points, 100, 2000);

        for (var at = 1; at <= points; at++)
        {
            var file = NewFile;
            await LiveAsync(file, plan, at);
            await CompleteAsync(file, plan);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Engine_KilledAgainAndAgain_CompletesRandomPlans(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 4; round++)
        {
            var plan = WorkPlan.Random(random, depth: 3);
            var file = NewFile;
            for (var life = 0; life < 5; life++) await LiveAsync(file, plan, random.Next(1, 150));
            await CompleteAsync(file, plan);
        }
    }

    // One life of an engine: until it is killed or its work is done.
    private static async Task<KillSwitch> LiveAsync(string file, WorkPlan plan, int killAt)
    {
        var kill = new KillSwitch(killAt);
        await using var engine = Engine(file, kill.Pass);
        await engine.StartAsync(CancellationToken.None);
        var work = BeginAndEndAsync(engine, plan);
        await Task.WhenAny(work, kill.Killed).WaitAsync(Patience);
        if (!kill.Killed.IsCompleted) await work;

        // A killed engine's callers hear of its end, one way or another.
        _ = work.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        return kill;
    }

    private static async Task CompleteAsync(string file, WorkPlan plan)
    {
        await using var engine = Engine(file, null);
        await engine.StartAsync(CancellationToken.None);
        var done = await BeginAndEndAsync(engine, plan).WaitAsync(Patience);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal(plan.Expected(), done.ReadOutputAs<int>());
        await AssertWholeAsync(engine);
    }

    private static async Task<OrchestrationMetadata> BeginAndEndAsync(DurableEngine engine, WorkPlan plan)
    {
        try
        {
            var once = new StartOrchestrationOptions(Id).WithDedupeStatuses(Enum.GetValues<OrchestrationRuntimeStatus>());
            await engine.Client.ScheduleNewOrchestrationInstanceAsync("Plan", plan, once);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Begun in an earlier life.
        }

        return await engine.Client.WaitForInstanceCompletionAsync(Id, true);
    }

    // Nothing is left over, and no history tells anything twice.
    internal static async Task AssertWholeAsync(DurableEngine engine)
    {
        foreach (var table in (string[])["inbox", "timers", "activities"])
        {
            Assert.Equal(0, engine.Store.Read(sql => sql.Number($"SELECT count(*) FROM {table}")));
        }

        await foreach (var instance in engine.Client.GetAllInstancesAsync())
        {
            Assert.Equal(OrchestrationRuntimeStatus.Completed, instance.RuntimeStatus);
            var history = engine.Store.Read(sql => HistoryTable.Read(sql, instance.InstanceId));
            Assert.Single(history, e => e.Kind == HistoryKind.ExecutionStarted);
            Assert.Single(history, e => e.Kind == HistoryKind.Completed);
            var actions = history.Where(e => e.IsAction).Select(e => e.TaskId).ToList();
            Assert.Equal(Enumerable.Range(0, actions.Count), actions);
            var answers = history.Where(e => e.IsInbound && e.TaskId >= 0).Select(e => e.TaskId).ToList();
            Assert.Equal(answers.Distinct(), answers);
            var sent = history.Count(e => e.Kind == HistoryKind.EventSent);
            Assert.Equal(sent, history.Count(e => e.Kind == HistoryKind.EventRaised));
        }
    }

    private static DurableEngine Engine(string file, Action<string>? faultPoint) =>
        new(new() { DatabasePath = file }, WorkPlan.Registry(), TimeProvider.System, NullLoggerFactory.Instance, faultPoint);
}
