using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>
/// With SERVERLESS_EXIT_WITH_PARENT=1 the process ends when its standard input does: a parent that holds the other end and dies, however it dies, leaves no worker behind.
/// </summary>
internal sealed class ParentWatch(Stream standardInput, ServingState state, IHostApplicationLifetime lifetime, ILogger<ParentWatch> logger) : IHostedService
{
    public const string Variable = "SERVERLESS_EXIT_WITH_PARENT";

    /// <summary>Loading native code cannot be cancelled, so an orderly end may take too long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static bool IsAskedFor => Environment.GetEnvironmentVariable(Variable) == "1";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Watch) { IsBackground = true, Name = "parent watch" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch()
    {
        var buffer = new byte[256];
        try
        {
            while (standardInput.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe ends it as well.
        }

        HostingLog.ParentGone(logger);
        lifetime.StopApplication();
        _ = state.GiveUpAsync();
        if (!lifetime.ApplicationStopped.WaitHandle.WaitOne(Patience)) Environment.Exit(1);
    }
}
