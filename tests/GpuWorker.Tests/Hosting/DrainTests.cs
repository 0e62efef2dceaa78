using System.Net;
using Microsoft.Extensions.Hosting;
using Serverless.Contracts;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Hosting;

public sealed class DrainTests
{
    private static readonly object Chat = new { messages = new[] { new { role = "user", content = "Why?" } } };

    [Fact]
    public async Task Stop_RequestInFlight_FinishesItAndTakesNoOther()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Engine.BeforeToken = (_, _) => go.Task;
        var pending = worker.PostJsonAsync("/v1/chat/completions", Chat);
        await WorkerUnderTest.UntilAsync(() => worker.Engine.Running == 1, "the request to run");

        var stopping = worker.App.StopAsync();
        await WorkerUnderTest.UntilAsync(() => worker.State.Phase == ServingPhase.Draining, "the drain");
        using var ready = await worker.Client.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"draining"}"""), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        using var live = await worker.Client.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await worker.RefusedAsync("/v1/chat/completions", Chat, null, "shutting_down", HttpStatusCode.ServiceUnavailable);
        using var refused = await worker.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal((TimeSpan.FromSeconds(1), true), (refused.Headers.RetryAfter?.Delta, refused.Headers.ConnectionClose));

        go.SetResult();
        Assert.Equal("Water it less.", (await pending).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        await stopping.WaitAsync(WorkerUnderTest.Deadline);
    }

    [Fact]
    public async Task Stop_DrainTimeOver_GivesUpWithATypedError()
    {
        var time = new ManualTimeProvider();
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { DrainSeconds = 20 }, time);
        worker.Engine.Status = new EngineStatus(true, time.GetSteadyNow() + TimeSpan.FromDays(365), 1, 0, 0, 0, 0);
        worker.Engine.BeforeToken = (position, cancellationToken) => position < 2 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);
        var plain = worker.RefusedAsync("/v1/chat/completions", Chat, null, "shutting_down", HttpStatusCode.ServiceUnavailable);
        var streamed = worker.StreamAsync("/v1/completions", new { prompt = "a", stream = true });
        await WorkerUnderTest.UntilAsync(() => worker.Engine.Running == 2, "the requests to run");

        var stopping = worker.App.StopAsync();
        await WorkerUnderTest.UntilAsync(
            () =>
            {
                if (worker.State.Phase == ServingPhase.Draining) time.Advance(TimeSpan.FromSeconds(1));
                return worker.State.HardStop.IsCancellationRequested;
            },
            "the drain's time to be over");
        await plain;
        var events = await streamed;
        Assert.Contains("shutting_down", events[^1], StringComparison.Ordinal);
        await stopping.WaitAsync(WorkerUnderTest.Deadline);
        Assert.Equal(0, worker.Engine.Running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Engine_DeadOrStalled_EndsTheProcessWithFailure(bool stalled)
    {
        var time = new ManualTimeProvider();
        await using var worker = await WorkerUnderTest.StartAsync(time: time);
        var exit = worker.App.WaitForShutdownAsync();
        worker.Engine.Status = stalled
            ? new EngineStatus(true, time.GetSteadyNow(), 1, 0, 0, 0, 0)
            : new EngineStatus(false, time.GetSteadyNow(), 0, 0, 0, 0, 0);
        await WorkerUnderTest.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(stalled ? 61 : 1));
                return worker.State.Phase == ServingPhase.Failed;
            },
            "the watchdog");
        await exit.WaitAsync(WorkerUnderTest.Deadline);
    }

    [Fact]
    public async Task Load_Fails_EndsTheProcessWithFailure()
    {
        using var loader = new BlockedLoader();
        await using var worker = await WorkerUnderTest.StartAsync(loader: loader);
        var exit = worker.App.WaitForShutdownAsync();
        loader.Fail(new InvalidDataException("model.safetensors is broken"));
        await exit.WaitAsync(WorkerUnderTest.Deadline);
        Assert.Equal(ServingPhase.Failed, worker.State.Phase);
        Assert.Contains(worker.Logs.Lines, line => line.StartsWith("1002 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_WhileLoading_DoesNotWaitForTheModels()
    {
        using var loader = new BlockedLoader();
        await using var worker = await WorkerUnderTest.StartAsync(loader: loader);
        await worker.App.StopAsync().WaitAsync(WorkerUnderTest.Deadline);
        Assert.Equal(ServingPhase.Draining, worker.State.Phase);
    }
}
