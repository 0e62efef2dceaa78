using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Serverless.Benchmarks;

/// <summary>Azurite's blob service in a process of its own, in memory, with accounts of the benchmark's.</summary>
internal sealed class BlobStorage : IAsyncDisposable
{
    private static readonly string Key = Convert.ToBase64String(new byte[64]);

    private readonly Process _process;
    private readonly int _port;

    private BlobStorage(Process process, int port) => (_process, _port) = (process, port);

    public static async Task<BlobStorage> StartAsync(params string[] accounts)
    {
        var port = FreePort();
        var root = typeof(BlobStorage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var argument in (string[])[Path.Combine(root, "node_modules/azurite/dist/src/blob/main.js"), "--silent", "--disableTelemetry", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", $"{port}"])
            start.ArgumentList.Add(argument);
        start.Environment["AZURITE_ACCOUNTS"] = string.Join(';', accounts.Select(a => $"{a}:{Key}"));
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var storage = new BlobStorage(process, port);
        await storage.WaitAsync();
        return storage;
    }

    public string ConnectionString(string account) =>
        string.Create(CultureInfo.InvariantCulture, $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{_port}/{account};");

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task WaitAsync()
    {
        for (var i = 0; i < 600; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException("Azurite does not listen.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
