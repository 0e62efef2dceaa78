using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;
using Serverless.Local.Stack;

namespace Local.Tests.Storage;

/// <summary>Azurite as the stack runs it: what was acknowledged outlives a stop, and a kill of the parent or of Azurite itself.</summary>
public sealed class AzuriteChildTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task StopAndStart_BlobsAndMessages_AreStillThere()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using (await StartAsync(azurite))
        {
            await UploadAsync(azurite.ConnectionString, "a.txt");
            var queue = new QueueClient(azurite.ConnectionString, "events");
            await queue.CreateAsync();
            await queue.SendMessageAsync("hello");
        }

        await using var again = await StartAsync(azurite);
        Assert.Equal("a.txt", await DownloadAsync(azurite.ConnectionString, "a.txt"));
        Assert.Equal("hello", (await new QueueClient(azurite.ConnectionString, "events").ReceiveMessageAsync()).Value.Body.ToString());
    }

    [Fact]
    public async Task Stop_SignalBeforeTheEndOfInput_StillWritesEverything()
    {
        var azurite = AzuriteChild.OnFreePorts();
        var process = await StartAsync(azurite);

        // Metadata makes the database large enough that writing it takes a while.
        var padding = new Dictionary<string, string> { ["padding"] = new('x', 7000) };
        var container = new BlobContainerClient(azurite.ConnectionString, "drops");
        await container.CreateAsync();
        foreach (var name in Enumerable.Range(0, 300))
            await container.GetBlobClient($"{name}.txt").UploadAsync(BinaryData.FromString("text"), new BlobUploadOptions { Metadata = padding });
        await container.GetBlobClient("last.txt").UploadAsync(BinaryData.FromString("last"));

        // A supervisor closes the input and sends the signal, and either may arrive first.
        using (var signal = Process.Start("kill", ["-TERM", process.ProcessId.ToString()!])) await signal.WaitForExitAsync();
        await Eventually.TrueAsync(() => process.Output.Any(line => line.Contains("Blob service is closing", StringComparison.Ordinal)), "it has taken the signal");
        await process.DisposeAsync();

        await using var again = await StartAsync(azurite);
        Assert.True(await container.GetBlobClient("last.txt").ExistsAsync());
    }

    [Fact]
    public async Task ParentKilled_EveryAcknowledgedBlob_IsThereForTheNextInstance()
    {
        using var parent = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(AzuriteChildTests).Assembly.Location, "azurite", _data.Path])
        {
            RedirectStandardOutput = true,
        })!;
        var child = int.Parse((await parent.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var connection = (await parent.StandardOutput.ReadLineAsync())!;
        var names = Enumerable.Range(0, 20).Select(number => $"{number}.txt").ToList();
        foreach (var name in names) await UploadAsync(connection, name);

        parent.Kill();

        // At once: an instance that is still writing is waited for.
        var next = AzuriteChild.OnFreePorts();
        await using var process = await StartAsync(next);
        Assert.False(RunningProcess.Is(child));
        foreach (var name in names) Assert.Equal(name, await DownloadAsync(next.ConnectionString, name));
    }

    /// <summary>Killed three times at whatever it was doing: what it acknowledged is there, what it deleted stays deleted, a table's transaction is whole.</summary>
    [Fact]
    public async Task AzuriteKilledUnderLoad_WhatItAcknowledged_IsThereAfterTheRestart()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using var process = await StartAsync(azurite);
        var container = new BlobContainerClient(azurite.ConnectionString, "documents", new BlobClientOptions { Retry = { MaxRetries = 0 } });
        await container.CreateAsync();
        var table = new TableClient(azurite.ConnectionString, "History", new TableClientOptions { Retry = { MaxRetries = 0 } });
        await table.CreateAsync();
        for (var round = 0; round < 3; round++)
        {
            var (kept, deleted, transactions) = (new ConcurrentBag<string>(), new ConcurrentBag<string>(), new ConcurrentBag<string>());
            var enough = new TaskCompletionSource();
            var number = 0;
            var work = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
            {
                while (true)
                {
                    var name = $"{round}-{worker}-{Interlocked.Increment(ref number)}";
                    try
                    {
                        await container.UploadBlobAsync($"kept/{name}", BinaryData.FromString(name));
                        kept.Add(name);
                        await container.UploadBlobAsync($"deleted/{name}", BinaryData.FromString(name));
                        await container.DeleteBlobAsync($"deleted/{name}");
                        deleted.Add(name);
                        await table.SubmitTransactionAsync(Enumerable.Range(0, 10).Select(row => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(name, $"{row}"))));
                        transactions.Add(name);
                    }
                    catch (Exception e) when (e is RequestFailedException or AggregateException)
                    {
                        return;
                    }

                    if (kept.Count >= 10 * (round + 1)) enough.TrySetResult();
                }
            })).ToList();
            await enough.Task;
            var killed = process.ProcessId!.Value;
            Process.GetProcessById(killed).Kill();
            await Task.WhenAll(work);
            await Eventually.TrueAsync(() => process.State == ProcessState.Ready && process.ProcessId is { } id && id != killed, "Azurite is back");

            var listed = container.GetBlobs(BlobTraits.None, BlobStates.None, null, CancellationToken.None).Select(blob => blob.Name).ToHashSet();
            Assert.DoesNotContain(kept, name => !listed.Contains($"kept/{name}"));
            Assert.DoesNotContain(deleted, name => listed.Contains($"deleted/{name}"));
            foreach (var name in kept) Assert.Equal(name, (await container.GetBlobClient($"kept/{name}").DownloadContentAsync()).Value.Content.ToString());
            var rows = table.Query<TableEntity>().GroupBy(entity => entity.PartitionKey).ToDictionary(group => group.Key, group => group.Count());
            Assert.DoesNotContain(transactions, name => !rows.ContainsKey(name));
            Assert.All(rows.Values, count => Assert.Equal(10, count));
        }
    }

    [Fact]
    public async Task Journal_ThatHasGrown_IsFoldedIntoTheDatabase()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using var process = await StartAsync(azurite);
        var container = new BlobContainerClient(azurite.ConnectionString, "drops");
        await container.CreateAsync();
        var padding = new Dictionary<string, string> { ["padding"] = new('x', 7000) };
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (name, token) =>
            await container.GetBlobClient($"{name}.txt").UploadAsync(BinaryData.FromString("text"), new BlobUploadOptions { Metadata = padding }, token));

        await Eventually.TrueAsync(() => new FileInfo(_data["__azurite_db_blob__.json"]).Length > 1 << 20, "the database is written");
        await Eventually.TrueAsync(() => Directory.GetFiles(_data.Path, "__azurite_db_blob__.json.journal.*").Sum(file => new FileInfo(file).Length) < 1 << 20, "the journal is begun anew");
    }

    [Theory]
    [InlineData("__azurite_db_blob__.json", "")]
    [InlineData("__azurite_db_queue__.json", "\0\0\0\0")]
    [InlineData("__azurite_db_table__.json", "{\"filename\":")]
    [InlineData("__azurite_db_table__.json", null)]
    [InlineData("__azurite_db_blob__.json.journal.900", "[\"put\",\"x\n[]\n")]
    public async Task Start_DamagedDatabase_IsSaidOnceWithTheFile(string file, string? content)
    {
        await using (await StartAsync(AzuriteChild.OnFreePorts()))
        {
        }

        if (content is null) File.Delete(_data[file]);
        else await File.WriteAllTextAsync(_data[file], content);

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(AzuriteChild.OnFreePorts()));

        Assert.Contains(_data[file], failure.Message, StringComparison.Ordinal);
        Assert.Contains("--fresh", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blob", "cut")]
    [InlineData("blob", "gone")]
    [InlineData("blob", "zeroed")]
    [InlineData("queue", "cut")]
    [InlineData("queue", "gone")]
    [InlineData("queue", "zeroed")]
    public async Task Start_BytesOfBlobsOrMessagesLost_IsSaidWithTheFile(string service, string damage)
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using (await StartAsync(azurite))
        {
            await UploadAsync(azurite.ConnectionString, "a-name-of-more-than-sixteen-letters.txt");
            var queue = new QueueClient(azurite.ConnectionString, "events");
            await queue.CreateAsync();
            await queue.SendMessageAsync("a message of more than sixteen letters");
        }

        var extent = new DirectoryInfo(_data[$"__{service}storage__"]).GetFiles().Single(file => file.Length > 0);
        var bytes = await File.ReadAllBytesAsync(extent.FullName);
        if (damage == "gone") extent.Delete();
        else await File.WriteAllBytesAsync(extent.FullName, damage == "cut" ? bytes[..(bytes.Length / 2)] : new byte[bytes.Length]);

        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(AzuriteChild.OnFreePorts()));
        Assert.Contains(extent.FullName, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Put back a copy", failure.Message, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(extent.FullName, bytes);
        await using var again = await StartAsync(azurite);
        Assert.Equal("a-name-of-more-than-sixteen-letters.txt", await DownloadAsync(azurite.ConnectionString, "a-name-of-more-than-sixteen-letters.txt"));
    }

    [Fact]
    public async Task Start_ZerosThatWereWritten_AreNoDamage()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using (await StartAsync(azurite))
        {
            var container = new BlobContainerClient(azurite.ConnectionString, "zeros");
            await container.CreateAsync();
            await container.UploadBlobAsync("zeros", BinaryData.FromBytes(new byte[4096]));
            await container.GetBlobClient("blocks").UploadAsync(new MemoryStream(new byte[4096]), new BlobUploadOptions { TransferOptions = new() { InitialTransferSize = 1024, MaximumTransferSize = 1024 } });
        }

        await using var again = await StartAsync(azurite);
        Assert.Equal(4096, (await new BlobContainerClient(azurite.ConnectionString, "zeros").GetBlobClient("blocks").GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task Start_TornLastLineOfAJournal_IsWhatNobodyWasTold()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using (await StartAsync(azurite)) await UploadAsync(azurite.ConnectionString, "a.txt");
        await File.WriteAllTextAsync(_data["__azurite_db_blob__.json.journal.900"], "[\"put\",\"$BLOBS_COLLECTION$\",{\"na");

        await using var again = await StartAsync(azurite);

        Assert.Equal("a.txt", await DownloadAsync(azurite.ConnectionString, "a.txt"));
    }

    [Fact]
    public async Task Start_PidFileOfAProcessThatIsGone_DoesNotWait()
    {
        using var gone = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exit 0"]))!;
        await gone.WaitForExitAsync();
        await File.WriteAllTextAsync(_data["running.pid"], gone.Id.ToString(CultureInfo.InvariantCulture));

        await using var process = await StartAsync(AzuriteChild.OnFreePorts());

        Assert.Equal(process.ProcessId.ToString(), await File.ReadAllTextAsync(_data["running.pid"]));
    }

    [Fact]
    public async Task Start_PortTaken_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var azurite = AzuriteChild.OnFreePorts() with { TablePort = ((IPEndPoint)taken.LocalEndpoint).Port };
        var spec = azurite.Spec(RepositoryRoot.Path, _data.Path, TimeProvider.System) with { MaxCrashesInARow = 0 };
        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(spec));
        Assert.Contains(failure.Output, line => line.Contains("EADDRINUSE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_NoModules_SaysWhatIsMissing()
    {
        var spec = AzuriteChild.OnFreePorts().Spec(_data.Path, _data.Path, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => StartAsync(spec));
        Assert.Contains("Azurite is not installed", failure.Message, StringComparison.Ordinal);
        Assert.Contains("npm ci", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_OutliveAStop()
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using (await StartAsync(azurite)) await AddEntityAsync(azurite, "first");

        await using var again = await StartAsync(azurite);
        await AddEntityAsync(azurite, "second");
        var table = new TableClient(azurite.ConnectionString, "History");
        Assert.Equal(["first", "second"], table.Query<TableEntity>().Select(entity => entity.RowKey));
    }

    [Fact]
    public async Task Open_SecondTime_KeepsPortsAndKey_ForTheOwnerOnly()
    {
        var first = await AzuriteChild.OpenAsync(StablePorts.Open(_data["ports.json"], TimeProvider.System), _data["azurite"], CancellationToken.None);
        var second = await AzuriteChild.OpenAsync(StablePorts.Open(_data["ports.json"], TimeProvider.System), _data["azurite"], CancellationToken.None);
        var other = await AzuriteChild.OpenAsync(StablePorts.Open(_data["other.json"], TimeProvider.System), _data["other"], CancellationToken.None);

        Assert.Equal(first, second);
        Assert.NotEqual(first.Key, other.Key);
        Assert.DoesNotContain(first.Key, first.ToString(), StringComparison.Ordinal);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_data["azurite"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_data["azurite/account-key"]));
    }

    [Fact]
    public async Task Open_DamagedKey_NamesTheFile()
    {
        Directory.CreateDirectory(_data["azurite"]);
        File.WriteAllBytes(_data["azurite/account-key"], new byte[88]);

        var failure = await Assert.ThrowsAsync<LocalException>(() =>
            AzuriteChild.OpenAsync(StablePorts.Open(_data["ports.json"], TimeProvider.System), _data["azurite"], CancellationToken.None));

        Assert.Contains(_data["azurite/account-key"], failure.Message, StringComparison.Ordinal);
    }

    private static async Task AddEntityAsync(AzuriteChild azurite, string row)
    {
        var table = new TableClient(azurite.ConnectionString, "History");
        await table.CreateIfNotExistsAsync();
        await table.AddEntityAsync(new TableEntity("p", row));
    }

    private static async Task UploadAsync(string connection, string name)
    {
        var container = new BlobContainerClient(connection, "documents");
        await container.CreateIfNotExistsAsync();
        await container.UploadBlobAsync(name, BinaryData.FromString(name));
    }

    private static async Task<string> DownloadAsync(string connection, string name) =>
        (await new BlobClient(connection, "documents", name).DownloadContentAsync()).Value.Content.ToString();

    private Task<SupervisedProcess> StartAsync(AzuriteChild azurite) => StartAsync(azurite.Spec(RepositoryRoot.Path, _data.Path, TimeProvider.System));

    private static Task<SupervisedProcess> StartAsync(ProcessSpec spec) =>
        SupervisedProcess.StartAsync(spec, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
}
