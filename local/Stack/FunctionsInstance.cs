using System.Globalization;
using System.Text.Json;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>One Functions host with its worker as child processes: the deployed app, started as Azure's host would.</summary>
/// <param name="Index">0 for the first.</param>
/// <param name="Port">Where the host listens.</param>
/// <param name="Layout">Where host and app were built.</param>
internal sealed record FunctionsInstance(int Index, int Port, RepositoryLayout Layout)
{
    /// <summary>The exit code of a host that says why it cannot go on: a part of Durable's state is gone, mostly.</summary>
    public const int GaveUp = 1;

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    public string Name => string.Create(CultureInfo.InvariantCulture, $"functions-{Index}");

    /// <param name="settings">The app's settings, as environment variables.</param>
    /// <param name="state">Where the host keeps the schedules of timers; shared by all instances.</param>
    /// <param name="output">Takes the lines of the host's log.</param>
    /// <param name="time">The clock of its readiness.</param>
    public ProcessSpec Spec(IReadOnlyDictionary<string, string?> settings, string state, Action<string> output, TimeProvider time) => new()
    {
        Name = Name,
        FileName = "dotnet",
        Arguments =
        [
            Layout.FunctionsHostAssembly, "--app", Layout.FunctionsApp, "--port", Port.ToString(CultureInfo.InvariantCulture), "--instance", Name, "--state", state,
        ],
        Environment = settings,
        OnOutput = output,

        // Requests drain for three seconds, then triggers and the worker end.
        StopGrace = TimeSpan.FromSeconds(10),
        ReadyTimeout = TimeSpan.FromMinutes(2),
        WaitUntilReady = token => HttpReadiness.WaitAsync(new Uri(Address, "admin/host/status"), time, token),
    };

    /// <summary>The process id of the app itself; null while it does not run.</summary>
    public async Task<int?> WorkerProcessIdAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var status = JsonDocument.Parse(await http.GetStringAsync(new Uri(Address, "admin/host/status"), cancellationToken));
        return status.RootElement.GetProperty("workerProcessId") is { ValueKind: JsonValueKind.Number } id ? id.GetInt32() : null;
    }
}
