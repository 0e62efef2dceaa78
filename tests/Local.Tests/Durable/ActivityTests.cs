using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable;

namespace Local.Tests.Durable;

public sealed class ActivityTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    private sealed record Order(string Item, int Count);

    [Fact]
    public async Task CallActivityAsync_Chain_PassesResultsOn()
    {
        _engine.Activity<int>("AddOne", n => n + 1);
        _engine.Orchestrator("Chain", async context =>
        {
            var n = context.GetInput<int>();
            for (var i = 0; i < 3; i++) n = await context.CallActivityAsync<int>("AddOne", n);
            return n;
        });
        await _engine.StartAsync();

        var done = await _engine.Run("Chain", 4);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal(7, done.ReadOutputAs<int>());
        Assert.Equal(4, done.ReadInputAs<int>());
    }

    [Fact]
    public async Task CallActivityAsync_FanOut_GathersAll()
    {
        _engine.Activity<int>("Square", n => n * n);
        _engine.Orchestrator("FanOut", async context =>
            (await Task.WhenAll(Enumerable.Range(0, 20).Select(n => context.CallActivityAsync<int>("Square", n)))).Sum());
        await _engine.StartAsync();

        Assert.Equal(Enumerable.Range(0, 20).Sum(n => n * n), (await _engine.Run("FanOut")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task CallActivityAsync_RecordInAnotherCase_IsReadCaseInsensitively()
    {
        _engine.Activity<Order>("Describe", order => $"{order.Count} {order.Item}");
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Describe", new { item = "pots", COUNT = 3 }));
        await _engine.StartAsync();

        Assert.Equal("3 pots", (await _engine.Run("Run")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallActivityAsync_ActivityThrows_CrossesAsTaskFailedException()
    {
        _engine.Activity<string>("Break", _ => throw new InvalidOperationException("outer", new TimeoutException("inner")));
        _engine.Orchestrator("Catch", async context =>
        {
            try
            {
                await context.CallActivityAsync("Break", "x");
                return "no failure";
            }
            catch (TaskFailedException e)
            {
                Assert.True(e.FailureDetails.IsCausedBy<InvalidOperationException>());
                Assert.True(e.FailureDetails.IsCausedBy<Exception>());
                Assert.False(e.FailureDetails.IsCausedBy<TimeoutException>());
                return $"{e.TaskName} {e.TaskId} {e.FailureDetails.ErrorMessage} {e.FailureDetails.InnerFailure!.ErrorType}";
            }
        });
        await _engine.StartAsync();

        Assert.Equal("Break 0 outer System.TimeoutException", (await _engine.Run("Catch")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallActivityAsync_FailureUncaught_FailsTheInstanceWithInnerFailure()
    {
        _engine.Activity<string>("Break", _ => throw new FormatException("bad"));
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Break", "x"));
        await _engine.StartAsync();

        var done = await _engine.Run("Run");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(typeof(TaskFailedException).FullName, done.FailureDetails!.ErrorType);
        Assert.Equal(typeof(FormatException).FullName, done.FailureDetails.InnerFailure!.ErrorType);
        Assert.Equal("bad", done.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task CallActivityAsync_UnknownActivity_FailsWithoutRetry()
    {
        _engine.Orchestrator("Run", async context =>
            await context.CallActivityAsync<string>("Nowhere", null, TaskOptions.FromRetryPolicy(new(5, TimeSpan.FromHours(1)))));
        await _engine.StartAsync();

        var done = await _engine.Run("Run");

        Assert.Contains("no activity named 'Nowhere'", done.FailureDetails!.InnerFailure!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallActivityAsync_ResultOfAnotherType_FailsWithoutQuotingIt()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<int>("Note", "secret"));
        await _engine.StartAsync();

        var failure = (await _engine.Run("Run")).FailureDetails!;

        Assert.Equal(typeof(InvalidDataException).FullName, failure.ErrorType);
        Assert.DoesNotContain("secret", failure.ErrorMessage, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task CallActivityAsync_OptionsGivenAsInput_IsRefused()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Note", (object)new TaskOptions()));
        await _engine.StartAsync();

        Assert.Equal(typeof(ArgumentException).FullName, (await _engine.Run("Run")).FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task CallActivityAsync_NoName_IsRefused()
    {
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>(""));
        await _engine.StartAsync();

        Assert.Contains("name", (await _engine.Run("Run")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallActivityAsync_NotAwaited_StillRunsWhenTheInstanceCompletes()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", context =>
        {
            _ = context.CallActivityAsync("Note", "late");
            return Task.FromResult<object?>("done");
        });
        await _engine.StartAsync();

        Assert.Equal("done", (await _engine.Run("Run")).ReadOutputAs<string>());
        while (_engine.Notes.IsEmpty) await Task.Yield();
        Assert.Equal(["late"], _engine.Notes);
    }

    [Fact]
    public async Task Activities_MoreThanTheLimit_RunNoMoreThanTheLimitAtOnce()
    {
        var running = 0;
        var most = 0;
        _engine.Registry.AddActivity("Busy", async (_, _) =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return null;
        });
        _engine.Orchestrator("Run", async context =>
        {
            await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => context.CallActivityAsync("Busy")));
            return null;
        });
        await _engine.StartAsync(activities: 3);

        await _engine.Run("Run");

        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public void ToString_OfAnInvocation_ShowsSizesOnly() =>
        Assert.Equal("Chunk of doc-1 [8 chars]", new ActivityInvocation("Chunk", "doc-1", "\"secret\"").ToString());

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
