using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>One Azurite for the tests of the gateway, in memory, with an account for each test host.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private const int Accounts = 1000;
    private static readonly string Key = Convert.ToBase64String(new byte[64]);

    private Process? _process;
    private int _blobs;
    private int _queues;
    private int _taken;

    /// <summary>The connection string of an account that nobody else uses.</summary>
    public string TakeAccount()
    {
        var account = Interlocked.Increment(ref _taken);
        Assert.True(account < Accounts, "More test hosts than Azurite accounts.");
        return $"DefaultEndpointsProtocol=http;AccountName=test{account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{_blobs}/test{account};QueueEndpoint=http://127.0.0.1:{_queues}/test{account};";
    }

    public async Task InitializeAsync()
    {
        (_blobs, _queues) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        string[] arguments =
        [
            Path.Combine(RepositoryRoot(), "node_modules/azurite/dist/src/azurite.js"), "--silent", "--disableTelemetry", "--inMemoryPersistence",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1", "--blobPort", $"{_blobs}", "--queuePort", $"{_queues}", "--tablePort", "0",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["AZURITE_ACCOUNTS"] = string.Join(';', Enumerable.Range(1, Accounts).Select(i => $"test{i}:{Key}"));
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ListensAsync(_blobs);
        await ListensAsync(_queues);
    }

    public async Task DisposeAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ListensAsync(int port)
    {
        for (var i = 0; i < 600; i++)
        {
            Assert.False(_process!.HasExited, "Azurite ended.");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        Assert.Fail("Azurite does not listen.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string RepositoryRoot([CallerFilePath] string file = "")
    {
        for (var folder = new DirectoryInfo(Path.GetDirectoryName(file)!); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The repository's root is not above this file.");
    }
}
