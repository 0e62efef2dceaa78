using System.Runtime.InteropServices;
using Serverless.Local;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

try
{
    var options = LocalCommandLine.Parse(args);
    if (options.Help)
    {
        Console.WriteLine(LocalCommandLine.Help);
        return 0;
    }

    OpenFiles.Check();
    ProxyBypass.Set();
    return await RunAsync(options);
}
catch (LocalException e)
{
    return Fail(e.Message, e.ExitCode);
}
catch (ProcessFailedException e)
{
    foreach (var line in e.Output.TakeLast(10)) await Console.Error.WriteLineAsync($"  | {line}");
    return Fail(e.Message, LocalException.Failed);
}
catch (Exception e) when (DiskFailure.Explain(e) is { } explained)
{
    return Fail(explained.Message, explained.ExitCode);
}
catch (Exception e)
{
    return Fail($"an unexpected failure: {ExceptionOutline.Of(e)}", LocalException.Failed);
}

static async Task<int> RunAsync(LocalOptions options)
{
    using var stop = new CancellationTokenSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    using var loggers = LoggerFactory.Create(logging => logging
        .AddSimpleConsole(console => console.SingleLine = true)
        .AddFilter("Serverless", LogLevel.Warning)
        .SetMinimumLevel(LogLevel.Error)
        .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
    var checklist = new Checklist(Console.Out, isTerminal: !Console.IsOutputRedirected);
    var started = System.Diagnostics.Stopwatch.GetTimestamp();
    try
    {
        await using var stack = await LocalStack.StartAsync(options, checklist, loggers, stop.Token);
        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        checklist.Line(Summary(stack.Endpoints!, options, seconds));
        if (stack.CoreToolsCommand is { } command) checklist.Line($"now run the app: {command}");
        await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        checklist.Line("stopping");
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        // Stopped while it was starting.
    }

    return 0;

    void Stop(PosixSignalContext signal)
    {
        // The second Ctrl-C does not wait: the children end with their standard input.
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
}

static string Summary(Endpoints endpoints, LocalOptions options, double seconds) =>
    $"""

      web page    http://localhost:{endpoints.Web.Port}/
      functions   http://localhost:{endpoints.Functions.Port}
      GPU worker  http://localhost:{endpoints.Worker.Port}
      all others  {Path.Combine(options.DataDirectory, "endpoints.json")}

      Whoever is on this machine is an operator: no key is asked for, and any is taken. In Azure that cannot be set.

    ready ({seconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} s)
    """;

static int Fail(string message, int exitCode)
{
    Console.Error.WriteLine($"local: {message}");
    return exitCode;
}
