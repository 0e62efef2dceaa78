using Serverless.Contracts;
using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Ends the process when the engine is dead, or has work and makes no progress: a supervisor starts it anew, which no part inside it can do as surely.</summary>
internal sealed class EngineWatchdog(ServingState state, WorkerOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<EngineWatchdog> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (state.Phase == ServingPhase.Serving && Judge() is { Status: not ("ready" or "loading") } report)
            {
                HostingLog.EngineDead(logger, report.Status);
                state.Fail();
                lifetime.StopApplication();
                return;
            }
        }
    }

    private HealthReport Judge()
    {
        try
        {
            return HealthReport.Of(state.Phase, state.Models?.Llm?.Engine.GetStatus(), time.GetSteadyNow(), TimeSpan.FromSeconds(options.StallExitSeconds), state.Models?.Encoders);
        }
        catch (Exception)
        {
            // An engine that cannot even say how it is.
            return new HealthReport("failed");
        }
    }
}
