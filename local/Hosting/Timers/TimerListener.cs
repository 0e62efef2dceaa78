using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Timers;

/// <summary>Runs one timer function when it is due. One run ends before the next begins; what falls due meanwhile is left out.</summary>
internal sealed class TimerListener(
    FunctionDescriptor function,
    FunctionTrigger.Timer trigger,
    TimerStateFile stateFile,
    TimeSpan functionTimeout,
    FunctionInvoker invoker,
    TimeProvider time,
    ILogger<TimerListener> logger) : IFunctionListener
{
    // Below a minute a monitor would write more than the function does; Azure leaves it out as well.
    private static readonly TimeSpan ShortestMonitored = TimeSpan.FromMinutes(1);

    // A delay of Task.Delay ends after 49 days at most.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stopWaiting = new();
    private readonly CancellationTokenSource _stopWork = new();
    private readonly bool _monitored = trigger.UseMonitor && IsAtLeastAMinute(trigger.Schedule);
    private Task _loop = Task.CompletedTask;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(LoopAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopWaiting.CancelAsync();
        await Task.WhenAny(_loop, Task.Delay(Timeout.Infinite, cancellationToken));
        await _stopWork.CancelAsync();
        await _loop;
    }

    private static bool IsAtLeastAMinute(ITimerSchedule schedule)
    {
        var first = schedule.NextAfter(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return first is null || schedule.NextAfter(first.Value) is not { } second || second - first.Value >= ShortestMonitored;
    }

    private async Task LoopAsync()
    {
        try
        {
            var state = _monitored ? stateFile.Read() : null;
            if (_monitored && state is null) stateFile.Write(state = new TimerState(null, Now));
            var pastDue = state is not null && trigger.Schedule.NextAfter(state.Last ?? state.LastUpdated) <= Now;
            if (pastDue || trigger.RunOnStartup) state = await RunAsync(state, pastDue);
            while (trigger.Schedule.NextAfter(Now) is { } due)
            {
                for (var left = due - Now; left > TimeSpan.Zero; left = due - Now)
                {
                    await Task.Delay(left < LongestDelay ? left : LongestDelay, time, _stopWaiting.Token);
                }

                state = await RunAsync(state, pastDue: false);
            }
        }
        catch (OperationCanceledException) when (_stopWaiting.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<TimerState?> RunAsync(TimerState? state, bool pastDue)
    {
        var started = Now;
        var info = new TimerInfo { IsPastDue = pastDue, ScheduleStatus = _monitored ? Status(state, started) : null };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stopWork.Token);
        if (functionTimeout != Timeout.InfiniteTimeSpan) timeout.CancelAfter(functionTimeout);
        try
        {
            await invoker.InvokeAsync(function, info, timeout.Token);
        }
        catch (Exception e)
        {
            // The run counts although it failed: the next one is at the next due time, as in Azure.
            if (!_stopWork.IsCancellationRequested) logger.Failed(function.Name, "timer", ExceptionOutline.Of(e));
        }

        if (!_monitored) return null;
        var next = new TimerState(started, Now);
        stateFile.Write(next);
        return next;
    }

    private ScheduleStatus Status(TimerState? state, DateTime now) => new()
    {
        Last = state?.Last ?? default,
        Next = trigger.Schedule.NextAfter(now) ?? default,
        LastUpdated = state?.LastUpdated ?? default,
    };
}
