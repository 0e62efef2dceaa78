using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

/// <summary>The whole stack as a user starts it: the process of <c>dotnet run --project local</c>, on free ports and a data folder of its own.</summary>
public sealed class LocalStack : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(4);
    private readonly StringBuilder _output = new();
    private Process? _process;

    public LocalStack(string? dataDirectory = null)
    {
        Data = dataDirectory ?? Directory.CreateTempSubdirectory("serverless-e2e-").FullName;
        Port = FreePort.Find();
        WorkerPort = FreePort.Find();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}"), Timeout = TimeSpan.FromSeconds(100) };
        Worker = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{WorkerPort}"), Timeout = TimeSpan.FromSeconds(100) };
    }

    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public string Data { get; }

    public int Port { get; }

    public int WorkerPort { get; }

    public HttpClient Http { get; }

    public HttpClient Worker { get; }

    /// <summary>Everything that the process has printed so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public int ProcessId => _process!.Id;

    /// <summary>What endpoints.json says.</summary>
    public JsonElement Endpoints => JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "endpoints.json"))).RootElement;

    /// <summary>Runs the command to its end; for starts that are meant to fail.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(arguments))!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("The command did not end within a minute.");
        }

        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Starts the process and waits until it says that it is ready.</summary>
    public Task StartAsync(params string[] extra) => StartAsync(new Dictionary<string, string>(), extra);

    /// <summary>As the other, with settings of the app as environment variables.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string> settings, params string[] extra)
    {
        lock (_output) _output.Clear();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = StartInfo([
            "--port", Port.ToString(CultureInfo.InvariantCulture),
            "--worker-port", WorkerPort.ToString(CultureInfo.InvariantCulture),
            "--data", Data,
            .. extra]);
        foreach (var (name, value) in settings) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _ = ReadAsync(_process.StandardOutput, ready);
        _ = ReadAsync(_process.StandardError, ready);
        var first = await Task.WhenAny(ready.Task, _process.WaitForExitAsync(), Task.Delay(StartLimit));
        Assert.True(first == ready.Task, $"The stack did not become ready. It printed:\n{Output}");
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9 of the host, its children left to notice by themselves.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Worker.Dispose();
        if (_process is { HasExited: false })
        {
            try
            {
                await StopAsync();
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        var dll = Path.Combine(RepositoryRoot, "local", "bin", Metadata("Configuration"), "net10.0", "Serverless.Local.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = RepositoryRoot,
        };

        // The test host's own variables must not leak into the product.
        foreach (var key in start.Environment.Keys.Where(k => k.StartsWith("VSTEST", StringComparison.Ordinal) || k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(key);
        return start;
    }

    internal static string Metadata(string key) =>
        typeof(LocalStack).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource ready)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output) _output.AppendLine(line);
            if (line.StartsWith("ready", StringComparison.Ordinal)) ready.TrySetResult();
        }
    }
}
