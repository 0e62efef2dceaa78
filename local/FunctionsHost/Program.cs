using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using Serverless.FunctionsHost;

try
{
    var options = HostArguments.Parse(args);
    var settings = HostSettings.Read(options.AppDirectory);
    return await RunAsync(options, settings);
}
catch (HostException e)
{
    return Fail(e.Message);
}
catch (IOException e)
{
    return Fail(e.Message);
}
catch (Exception e) when (e is not OperationCanceledException)
{
    return Fail($"the host cannot start: {e.GetType().Name}: {e.Message}");
}

static async Task<int> RunAsync(HostArguments options, HostSettings settings)
{
    var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var starting = new CancellationTokenSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    if (Environment.GetEnvironmentVariable("SERVERLESS_EXIT_WITH_PARENT") == "1") EndWithStandardInput(End);

    using var loggers = LoggerFactory.Create(logging => HostLogging.Configure(logging, settings));
    try
    {
        await using var host = await AppHost.StartAsync(options, settings, loggers, starting.Token);
        await Task.WhenAny(stop.Task, host.HubLost);

        // At once: the engine's own end waits for ever for leases in a table that is gone.
        if (!stop.Task.IsCompleted)
            Environment.Exit(Fail($"{await host.HubLost} of Durable's state is gone, and with it what it told of orchestrations. The host ends, so that the next one makes it anew; POST /reconcile finds documents that were under way."));
    }
    catch (OperationCanceledException) when (starting.IsCancellationRequested)
    {
        // Stopped while it was starting.
    }

    return 0;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        End();
    }

    void End()
    {
        stop.TrySetResult();
        starting.Cancel();
    }
}

// The parent holds the other end, which closes however the parent ends.
static void EndWithStandardInput(Action end) => new Thread(() =>
{
    using var input = Console.OpenStandardInput();
    while (input.Read(new byte[64]) > 0)
    {
    }

    // Asked to end, or orphaned: an orphan has no one to wait for, and its port is wanted.
    end();
    Thread.Sleep(TimeSpan.FromSeconds(5));
    Environment.Exit(0);
})
{ IsBackground = true }.Start();

static int Fail(string message)
{
    Console.Error.WriteLine($"functions host: {message}");
    return 1;
}
