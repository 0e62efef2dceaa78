using System.Diagnostics;
using Local.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Processes;

namespace Local.Tests.Processes;

/// <summary>Real children: a shell that waits for the end of its input.</summary>
public sealed class SupervisedProcessTests
{
    private static readonly ProcessSpec Patient = Shell("echo hello; echo oops >&2; read -r line; exit 0");

    [Fact]
    public async Task StartAsync_ReadyChild_IsRunningAndReady()
    {
        await using var child = await StartAsync(Patient);

        Assert.Equal(ProcessState.Ready, child.State);
        Assert.True(RunningProcess.Is(child.ProcessId!.Value));
    }

    [Fact]
    public async Task StopAsync_RunningChild_EndsItAndDoesNotRestartIt()
    {
        await using var child = await StartAsync(Patient);
        var pid = child.ProcessId!.Value;

        await child.StopAsync();

        Assert.Equal(ProcessState.Stopped, child.State);
        Assert.Null(child.ProcessId);
        Assert.False(RunningProcess.Is(pid));
        Assert.Equal(0, child.Restarts);
    }

    [Fact]
    public async Task StopAsync_ChildThatIgnoresSigtermAndEndOfInput_IsKilled()
    {
        using var folder = new TemporaryFolder();
        var stubborn = Shell($"trap '' TERM; touch '{folder["trapped"]}'; while :; do sleep 1; done") with
        {
            StopGrace = TimeSpan.FromMilliseconds(200),
            WaitUntilReady = token => Eventually.TrueAsync(() => File.Exists(folder["trapped"]), "the trap is set").WaitAsync(token),
        };
        await using var child = await StartAsync(stubborn);
        var pid = child.ProcessId!.Value;

        await child.StopAsync();

        Assert.False(RunningProcess.Is(pid));
    }

    [Fact]
    public async Task StopAsync_ChildThatHandlesSigterm_EndsInItsOwnWay()
    {
        using var folder = new TemporaryFolder();
        var tidy = Shell($"trap 'touch \"{folder["tidied"]}\"; exit 0' TERM; touch '{folder["trapped"]}'; while :; do sleep 0.05; done") with
        {
            WaitUntilReady = token => Eventually.TrueAsync(() => File.Exists(folder["trapped"]), "the trap is set").WaitAsync(token),
        };
        await using var child = await StartAsync(tidy);

        await child.StopAsync();

        Assert.True(File.Exists(folder["tidied"]));
    }

    [Fact]
    public async Task KilledChild_IsStartedAgain()
    {
        await using var child = await StartAsync(Patient);
        var first = child.ProcessId!.Value;

        Process.GetProcessById(first).Kill();

        await Eventually.TrueAsync(() => child.State == ProcessState.Ready && child.ProcessId is { } pid && pid != first, "the child is back");
        Assert.Equal(1, child.Restarts);
    }

    [Fact]
    public async Task StartAsync_ChildThatAlwaysCrashes_FailsWithItsOutputAfterTheCeiling()
    {
        var broken = Shell("echo bad luck; exit 3") with
        {
            MaxCrashesInARow = 2,
            FirstBackOff = TimeSpan.FromMilliseconds(1),
            WaitUntilReady = token => Task.Delay(Timeout.Infinite, token),
        };

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(broken));

        Assert.Contains("exited with code 3 before it was ready, 3 times in a row", failure.Message, StringComparison.Ordinal);
        Assert.Contains("bad luck", failure.Output);
    }

    [Fact]
    public async Task KilledChild_ThatCannotStartAgain_IsGivenUpWithItsLastWords()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["checkpoint"], string.Empty);
        var spec = Shell($"test -e '{folder["checkpoint"]}' || {{ echo no checkpoint >&2; exit 2; }}; read -r line") with
        {
            MaxCrashesInARow = 2,
            FirstBackOff = TimeSpan.FromMilliseconds(1),
            WaitUntilReady = token => File.Exists(folder["checkpoint"]) ? Task.CompletedTask : Task.Delay(Timeout.Infinite, token),
        };
        var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        await using var child = await SupervisedProcess.StartAsync(spec, TimeProvider.System, loggers.CreateLogger<SupervisedProcess>(), CancellationToken.None);

        File.Delete(folder["checkpoint"]);
        Process.GetProcessById(child.ProcessId!.Value).Kill();

        await Eventually.TrueAsync(() => child.State == ProcessState.Failed, "the child is given up");
        Assert.Contains(logs.Lines, line => line.Contains("exited with code 2 before it was ready", StringComparison.Ordinal) && line.Contains("(no checkpoint)", StringComparison.Ordinal));
    }

    /// <summary>Two pipes are read side by side: whichever line comes last, the complaint is the message.</summary>
    [Theory]
    [InlineData("echo listening; echo damaged file >&2; exit 78", "child: damaged file")]
    [InlineData("echo damaged file >&2; sleep 0.2; echo listening; exit 78", "child: damaged file")]
    [InlineData("echo no part; exit 78", "child: no part")]
    public async Task StartAsync_ChildThatRefuses_IsNotStartedAgain_AndItsComplaintIsTheMessage(string script, string message)
    {
        var refusing = Shell(script) with { WaitUntilReady = token => Task.Delay(Timeout.Infinite, token) };

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(refusing));

        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public async Task StartAsync_MissingProgram_SaysSo()
    {
        var missing = new ProcessSpec { Name = "ghost", FileName = "no-such-program-anywhere", MaxCrashesInARow = 0 };

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(missing));

        Assert.StartsWith("ghost cannot be started", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_NeverReady_IsKilledAndCountsAsACrash()
    {
        var hung = Patient with
        {
            ReadyTimeout = TimeSpan.FromMilliseconds(100),
            MaxCrashesInARow = 0,
            WaitUntilReady = token => Task.Delay(Timeout.Infinite, token),
        };

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(hung));

        Assert.Contains("was not ready after 0.1 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_BothStreams_KeepsTheLastLinesOnly()
    {
        var chatty = Shell("for i in 1 2 3 4 5; do echo line $i; done; read -r line") with { OutputLines = 2 };
        await using var child = await StartAsync(chatty);

        await Eventually.TrueAsync(() => child.Output.Contains("line 5"), "the last line is there");

        Assert.Equal(["line 4", "line 5"], child.Output);
    }

    [Fact]
    public async Task ParentKilled_ChildThatWatchesItsInput_DiesToo()
    {
        using var parent = Process.Start(new ProcessStartInfo("dotnet", [typeof(SupervisedProcessTests).Assembly.Location, "supervise", "/bin/sh", "-c", "read -r line; exit 0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var child = int.Parse((await parent.StandardOutput.ReadLineAsync())!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(RunningProcess.Is(child));

        parent.Kill();

        await parent.WaitForExitAsync();
        await Eventually.TrueAsync(() => !RunningProcess.Is(child), "the child is gone");
    }

    private static ProcessSpec Shell(string script) => new() { Name = "child", FileName = "/bin/sh", Arguments = ["-c", script] };

    private static Task<SupervisedProcess> StartAsync(ProcessSpec spec) =>
        SupervisedProcess.StartAsync(spec, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
}
