using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

public sealed class HedgedCallProperties
{
    private enum Step
    {
        FirstGives,
        FirstFails,
        SecondGives,
        SecondFails,
        TimePasses,
    }

    /// <summary>In whatever order two targets give, fail and are late: one value that one of them gave, the other told to end, and no second call that was not permitted.</summary>
    [Fact]
    public void Run_InAnyOrderOfEvents_GivesOneValueAndLeavesNobodyRunning() =>
        Prop.ForAll(
            Gen.Shuffle(Enum.GetValues<Step>()).ToArbitrary(),
            Gen.Elements(true, false).ToArbitrary(),
            (steps, isPermitted) => RunAsync(steps, isPermitted).GetAwaiter().GetResult()).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Run_FirstInTime_IsAlone()
    {
        var time = new ManualTime();
        using var call = new HedgedCall<int>(time, default);
        Assert.Equal(1, await call.RunAsync(_ => Task.FromResult(1), _ => throw new InvalidOperationException(), TimeSpan.FromSeconds(1), () => throw new InvalidOperationException()));
        Assert.False(call.IsHedged);
    }

    [Fact]
    public async Task Run_CallerGone_EndsBoth()
    {
        var time = new ManualTime();
        using var caller = new CancellationTokenSource();
        using var call = new HedgedCall<int>(time, caller.Token);
        var began = new TaskCompletionSource();
        var running = call.RunAsync(
            stop => Never(stop).Task,
            stop =>
            {
                began.SetResult();
                return Never(stop).Task;
            },
            TimeSpan.FromSeconds(1),
            () => Task.FromResult(true));
        time.Advance(TimeSpan.FromSeconds(1));
        await began.Task;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Loser!);
    }

    private static async Task<bool> RunAsync(Step[] steps, bool isPermitted)
    {
        var time = new ManualTime();
        TaskCompletionSource<int>? first = null, second = null;
        var (firstStop, secondStop) = (default(CancellationToken), default(CancellationToken));
        var (outcomeOfFirst, outcomeOfSecond) = (steps.First(s => s is Step.FirstGives or Step.FirstFails), steps.First(s => s is Step.SecondGives or Step.SecondFails));
        var began = new TaskCompletionSource();
        using var call = new HedgedCall<int>(time, default);
        var running = call.RunAsync(
            stop => (first = Never(firstStop = stop)).Task,
            stop =>
            {
                second = Never(secondStop = stop);
                began.SetResult();
                return second.Task;
            },
            TimeSpan.FromSeconds(1),
            () => Task.FromResult(isPermitted));
        var isLate = false;
        foreach (var step in steps)
        {
            if (step == Step.TimePasses)
            {
                isLate = isPermitted && !first!.Task.IsCompleted;
                time.Advance(TimeSpan.FromSeconds(1));
                if (isLate) await began.Task;
            }

            if (step is Step.FirstGives or Step.FirstFails) End(first!, step == Step.FirstGives, 1);
            // What has not begun ends when it has.
            if (step is Step.SecondGives or Step.SecondFails && second is not null) End(second, step == Step.SecondGives, 2);
        }

        // The steps of the second may all have been before its beginning.
        if (second is not null) End(second, outcomeOfSecond == Step.SecondGives, 2);
        int? value = null;
        try
        {
            value = await running;
        }
        catch (InvalidDataException)
        {
        }

        var firstGives = outcomeOfFirst == Step.FirstGives;
        if (call.IsHedged != isLate || (second is not null) != isLate) return false;
        if (!isLate) return value == (firstGives ? 1 : null);
        if (value is null) return first!.Task.IsFaulted && second!.Task.IsFaulted;
        return (value == 2) == call.SecondDecided && (value == 1 ? first! : second!).Task.IsCompletedSuccessfully && (value == 1 ? secondStop : firstStop).IsCancellationRequested
            && !(value == 1 ? firstStop : secondStop).IsCancellationRequested;
    }

    private static void End(TaskCompletionSource<int> source, bool gives, int value)
    {
        if (gives) source.TrySetResult(value);
        else source.TrySetException(new InvalidDataException());
    }

    private static TaskCompletionSource<int> Never(CancellationToken stop)
    {
        var source = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        stop.Register(() => source.TrySetCanceled(stop));
        return source;
    }
}
