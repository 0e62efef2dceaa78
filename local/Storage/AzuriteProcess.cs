using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Serverless.Local.Storage;

/// <summary>
/// Azurite's blob and queue services in a Node process of their own. It ends when this process does, even by <c>kill -9</c>: its standard input
/// closes. What it has acknowledged in its last 5 seconds may be lost when it is killed itself.
/// </summary>
public sealed class AzuriteProcess : IAsyncDisposable
{
    /// <summary>Azurite's and the old storage emulator's account; its key is public.</summary>
    private const string AccountName = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string Listening = "successfully listens on http://127.0.0.1:";

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(6);

    private readonly AzuriteOptions _options;
    private readonly TaskCompletionSource<int> _blobPort = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _queuePort = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;
    private string? _lastError;

    public AzuriteProcess(AzuriteOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Where blobs are, with the account's path, once started.</summary>
    public Uri BlobEndpoint => new($"http://127.0.0.1:{_blobPort.Task.Result}/{AccountName}");

    /// <summary>Where queues are, with the account's path, once started.</summary>
    public Uri QueueEndpoint => new($"http://127.0.0.1:{_queuePort.Task.Result}/{AccountName}");

    /// <summary>For every storage client, once started.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};";

    /// <summary>Ends when the process does, for a supervisor to watch.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="IOException">Node or Azurite is missing, a port is taken, the folder cannot be written to, or it did not listen in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_process is not null)
            throw new InvalidOperationException("Azurite has been started already.");
        Directory.CreateDirectory(_options.DataDirectory);
        _process = StartProcess();
        Exited = _process.WaitForExitAsync(CancellationToken.None);
        var ready = Task.WhenAll(_blobPort.Task, _queuePort.Task);
        try
        {
            if (await Task.WhenAny(ready, Exited).WaitAsync(_options.StartTimeout, cancellationToken) != ready)
                throw new IOException($"Azurite ended as it started: {_lastError ?? $"exit code {_process.ExitCode}"}");
        }
        catch (Exception failure)
        {
            await DisposeAsync();
            throw failure is TimeoutException ? new IOException($"Azurite did not listen within {_options.StartTimeout.TotalSeconds:0} s.") : failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            try
            {
                await Exited.WaitAsync(StopTimeout);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                await Exited;
            }
        }

        process.Dispose();
    }

    private Process StartProcess()
    {
        var start = new ProcessStartInfo("node", [
            Path.Combine(AppContext.BaseDirectory, "Storage", "azurite.cjs"),
            _options.ModulesDirectory ?? FindModules(),
            Port(_options.BlobPort), Port(_options.QueuePort),
            "--location", Path.GetFullPath(_options.DataDirectory), "--silent", "--disableTelemetry",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new IOException("Node.js 20 or later is needed for Azurite, and 'node' is not on the PATH.");
        }

        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => _lastError = line.Data is { Length: > 0 } text ? text : _lastError;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Read(string? line)
    {
        var at = line?.IndexOf(Listening, StringComparison.Ordinal) ?? -1;
        if (at < 0)
            return;
        var port = int.Parse(line.AsSpan(at + Listening.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        (line!.Contains("Blob", StringComparison.Ordinal) ? _blobPort : _queuePort).TrySetResult(port);
    }

    private static string Port(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string FindModules()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "node_modules", "azurite", "package.json")))
                return folder.FullName;
        throw new IOException($"Azurite is not installed: no folder above {AppContext.BaseDirectory} has node_modules/azurite. Run 'npm ci' in the repository's root.");
    }
}
