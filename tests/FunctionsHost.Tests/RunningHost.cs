using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Serverless.FunctionsHost.Tests;

/// <summary>The host on the test app, as processes; started again on the same port after it was killed.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string _storage;
    private readonly int _port;
    private readonly List<string> _output = [];
    private Process? _process;

    public RunningHost(string storage)
    {
        _storage = storage;
        _port = FreePort.Find();
        Records = Directory.CreateTempSubdirectory("host-records-").FullName;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}"), Timeout = Limit };
    }

    public HttpClient Http { get; }

    public string Records { get; }

    public string Output
    {
        get { lock (_output) return string.Join('\n', _output); }
    }

    public async Task StartAsync()
    {
        var app = Repository.Output("tests/FunctionsHost.TestApp");
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(Repository.Output("local/FunctionsHost"), "Serverless.FunctionsHost.dll"), "--app", app, "--port", _port.ToString(CultureInfo.InvariantCulture), "--instance", "tests", "--state", Records,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AzureWebJobsStorage"] = _storage,
                ["TESTAPP_RECORDS"] = Records,
                ["FunctionsHost__WorkerStartupHook"] = Path.Combine(Repository.Output("local/WorkerHook"), "Serverless.WorkerHook.dll"),
                ["FunctionsHost__ControlQueueVisibilitySeconds"] = "5",
                ["FunctionsHost__QueueLeaseSeconds"] = "10",
                ["SERVERLESS_EXIT_WITH_PARENT"] = "1",
                ["AzureFunctionsJobHost__logging__logLevel__default"] = "Warning",
                ["AzureFunctionsJobHost__logging__logLevel__Azure.Core"] = "Error",
            },
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilAsync("the host is running", async () =>
        {
            Assert.False(_process.HasExited, Output);
            try
            {
                using var status = await Http.GetAsync("/admin/host/status");
                return status.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>kill -9 of the host alone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>The exit code of a host that ends by itself.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async Task<int> WorkerProcessIdAsync()
    {
        using var status = JsonDocument.Parse(await Http.GetStringAsync("/admin/host/status"));
        return status.RootElement.GetProperty("workerProcessId").GetInt32();
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<string> StartOrchestrationAsync(string name)
    {
        var id = $"{name}-{Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(HttpMethod.Post, $"/durable/{name}/{id}")).Status);
        return id;
    }

    /// <summary>The status line of an orchestration, for example <c>Completed "text"</c>, once it begins with <paramref name="status"/>.</summary>
    public async Task<string> WaitForAsync(string id, string status)
    {
        var last = string.Empty;
        await UntilAsync($"{id} is {status}", async () => (last = (await SendAsync(HttpMethod.Get, $"/durable/{id}")).Body).StartsWith(status, StringComparison.Ordinal));
        return last;
    }

    public string[] Record(string name) => File.Exists(Path.Combine(Records, name)) ? File.ReadAllLines(Path.Combine(Records, name)) : [];

    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var since = Stopwatch.StartNew();
        while (!await condition())
        {
            if (since.Elapsed > Limit) Assert.Fail($"Waited in vain until {what}. The host said:\n{Output}");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            using var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await term.WaitForExitAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }

        _process?.Dispose();
        Directory.Delete(Records, recursive: true);
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
    }
}
