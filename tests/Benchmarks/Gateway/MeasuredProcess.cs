using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Serverless.Benchmarks.Gateway;

/// <summary>A process of the benchmark, or one of the stack, whose processor time, allocations and memory are read from outside.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient? _http;
    private readonly bool _isOurs;

    private MeasuredProcess(Process process, HttpClient? http, bool isOurs) => (_process, _http, _isOurs) = (process, http, isOurs);

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Adds what <see cref="AllocatedAsync"/>, <see cref="WatchAsync"/> and <see cref="PausesAsync"/> read.</summary>
    public static void Map(WebApplication app)
    {
        PauseWatch? watch = null;
        app.MapGet("/allocated", () => Results.Text(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture)));
        app.MapGet("/pauses/watch", () => Interlocked.Exchange(ref watch, new PauseWatch())?.Stop() ?? "");
        app.MapGet("/pauses", () => Interlocked.Exchange(ref watch, null)?.Stop() ?? "");
    }

    /// <summary>In a process that <see cref="StartAsync"/> runs: ends it with the benchmark, whatever ended that.</summary>
    public static void EndWithStarter() => _ = Task.Run(async () =>
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        Environment.Exit(0);
    });

    public static MeasuredProcess Of(int id) => new(Process.GetProcessById(id), null, isOurs: false);

    /// <summary>Runs this program once more, with other arguments, and waits until it listens.</summary>
    public static Task<MeasuredProcess> StartAsync(int port, params string[] arguments) => StartProgramAsync(port, ThisProgram.With(arguments));

    /// <summary>Runs a program and waits until it listens.</summary>
    public static async Task<MeasuredProcess> StartProgramAsync(int port, ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) Console.Error.WriteLine(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var i = 0; i < 300 && !process.HasExited; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                return new MeasuredProcess(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") }, isOurs: true);
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException($"'{start.FileName} {string.Join(' ', start.ArgumentList)}' does not listen.");
    }

    /// <summary>Bytes allocated since its start; null for a process of the stack.</summary>
    public async Task<long?> AllocatedAsync() =>
        _http is null ? null : long.Parse(await _http.GetStringAsync("/allocated"), CultureInfo.InvariantCulture);

    /// <summary>From now on <see cref="PauseWatch"/> looks on, where the process is ours.</summary>
    public Task WatchAsync() => _http is null ? Task.CompletedTask : _http.GetStringAsync("/pauses/watch");

    /// <summary>What has held it up since <see cref="WatchAsync"/>.</summary>
    public Task<string> PausesAsync() => _http is null ? Task.FromResult("") : _http.GetStringAsync("/pauses");

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_isOurs && !_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
