using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Serverless.Local.Storage;

namespace Serverless.Local.Tests.Storage;

public sealed class AzuriteProcessTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("azurite-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task StopAndStart_BlobsAndMessages_AreStillThere()
    {
        await using (var first = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName }))
        {
            await first.StartAsync(CancellationToken.None);
            var container = new BlobContainerClient(first.ConnectionString, "documents");
            await container.CreateAsync();
            await container.UploadBlobAsync("a.txt", BinaryData.FromString("kept"));
            var queue = new QueueClient(first.ConnectionString, "events");
            await queue.CreateAsync();
            await queue.SendMessageAsync("hello");
        }

        await using var second = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName });
        await second.StartAsync(CancellationToken.None);
        var blob = await new BlobClient(second.ConnectionString, "documents", "a.txt").DownloadContentAsync();
        Assert.Equal("kept", blob.Value.Content.ToString());
        Assert.Equal("hello", (await new QueueClient(second.ConnectionString, "events").ReceiveMessageAsync()).Value.Body.ToString());
    }

    [Fact]
    public async Task Start_PortTaken_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var azurite = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName, BlobPort = ((IPEndPoint)taken.LocalEndpoint).Port });
        var failure = await Assert.ThrowsAsync<IOException>(() => azurite.StartAsync(CancellationToken.None));
        Assert.Contains("EADDRINUSE", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoModules_SaysHowToInstall()
    {
        await using var azurite = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName, ModulesDirectory = _data.FullName });
        var failure = await Assert.ThrowsAsync<IOException>(() => azurite.StartAsync(CancellationToken.None));
        Assert.Contains("Azurite ended as it started", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_Running_EndsTheProcess()
    {
        var azurite = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName });
        await azurite.StartAsync(CancellationToken.None);
        Assert.False(azurite.Exited.IsCompleted);
        var exited = azurite.Exited;
        await azurite.DisposeAsync();
        Assert.True(exited.IsCompletedSuccessfully);
    }
}
