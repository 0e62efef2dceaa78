using System.Text;
using Azure.Messaging.EventGrid;
using Azure.Messaging.EventGrid.SystemEvents;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Serverless.Local.Storage;

namespace Local.Tests.Storage;

public sealed class BlobEventSourceTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("events-");
    private readonly string _name = $"t{Guid.NewGuid():N}";
    private BlobContainerClient _container = null!;
    private QueueClient _queue = null!;

    public async Task InitializeAsync()
    {
        _container = new BlobContainerClient(fixture.ConnectionString, _name);
        _queue = new QueueClient(fixture.ConnectionString, _name);
        await _container.CreateAsync();
    }

    public Task DisposeAsync()
    {
        _data.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Upload_Replace_Delete_TellsEachInEventGridsShape()
    {
        await using var source = await StartAsync();
        var blob = _container.GetBlobClient("gardening/fig.md");
        await blob.UploadAsync(BinaryData.FromString("# Figs"));
        source.Poke();
        var created = await ReceiveAsync();
        Assert.Equal("Microsoft.Storage.BlobCreated", created.EventType);
        Assert.Equal($"/blobServices/default/containers/{_name}/blobs/gardening/fig.md", created.Subject);
        Assert.True(created.TryGetSystemEventData(out var system));
        var data = Assert.IsType<StorageBlobCreatedEventData>(system);
        Assert.Equal((6L, "BlockBlob", blob.Uri.AbsoluteUri), (data.ContentLength!.Value, data.BlobType, data.Url));
        Assert.Equal((await blob.GetPropertiesAsync()).Value.ETag.ToString("G").Trim('"'), data.ETag);

        await blob.UploadAsync(BinaryData.FromString("# Figs again"), overwrite: true);
        var replaced = await ReceiveAsync();
        Assert.True(replaced.TryGetSystemEventData(out var again));
        Assert.True(string.CompareOrdinal(((StorageBlobCreatedEventData)again).Sequencer, data.Sequencer) > 0);

        await blob.DeleteAsync();
        source.Poke();
        var deleted = await ReceiveAsync();
        Assert.Equal("Microsoft.Storage.BlobDeleted", deleted.EventType);
        Assert.Equal(created.Subject, deleted.Subject);
    }

    [Fact]
    public async Task Upload_HostileNames_SurviveToTheSubject()
    {
        string[] names =
        [
            "c/it's \"quoted\" & <tagged> 100%.md",
            "c/..hidden/..../x..md",
            "c/日本語 ünïcode 😀.md",
            "c/percent%2Fslash+plus?query#fragment.md",
            "c/" + new string('ü', 250),
            "c/" + new string('x', 1022),
        ];
        foreach (var name in names)
            await _container.GetBlobClient(name).UploadAsync(BinaryData.FromString("text"));
        await using var source = await StartAsync();
        var subjects = new HashSet<string>();
        while (subjects.Count < names.Length)
            subjects.Add((await ReceiveAsync()).Subject);
        Assert.Equal(names.Select(name => $"/blobServices/default/containers/{_name}/blobs/{name}").Order(), subjects.Order());
    }

    [Fact]
    public async Task Restart_OnlyWhatChangedMeanwhile_IsTold()
    {
        await _container.UploadBlobAsync("kept.md", BinaryData.FromString("1"));
        await _container.UploadBlobAsync("gone.md", BinaryData.FromString("1"));
        await using (await StartAsync())
        {
            await ReceiveAsync();
            await ReceiveAsync();

            // The second message is out before it is remembered; an event more makes sure of it.
            await _container.UploadBlobAsync("third.md", BinaryData.FromString("1"));
            await ReceiveAsync();
        }

        await _container.DeleteBlobAsync("gone.md");
        await _container.UploadBlobAsync("new.md", BinaryData.FromString("1"));
        await using var source = await StartAsync();
        var told = new[] { await ReceiveAsync(), await ReceiveAsync() };
        var expected = new[] { ("Microsoft.Storage.BlobCreated", "new.md"), ("Microsoft.Storage.BlobDeleted", "gone.md") };
        var repeated = told.Where(item => item.Subject.EndsWith("third.md", StringComparison.Ordinal)).ToArray();
        if (repeated.Length > 0)
            told = [.. told.Except(repeated), await ReceiveAsync()];
        Assert.Equal(expected, told.Select(item => (item.EventType, item.Subject.Split('/')[^1])).Order());
    }

    /// <summary>Somebody has lost what it was told of.</summary>
    [Fact]
    public async Task RepeatRecent_TellsAgainOfWhatChangedLately()
    {
        await using var source = await StartAsync();
        await _container.UploadBlobAsync("gardening/fig.md", BinaryData.FromString("# Figs"));
        source.Poke();
        var first = await ReceiveAsync();
        source.RepeatRecent();
        var second = await ReceiveAsync();
        Assert.Equal((first.EventType, first.Subject), (second.EventType, second.Subject));
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task SnapshotLost_EverythingIsToldAgain()
    {
        await _container.UploadBlobAsync("a.md", BinaryData.FromString("1"));
        await using (await StartAsync())
            await ReceiveAsync();
        foreach (var file in _data.EnumerateFiles())
            file.Delete();
        await using var source = await StartAsync();
        Assert.EndsWith("/a.md", (await ReceiveAsync()).Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_WhereOnlyTheStoragesFilesTell_IsTold()
    {
        await using var source = await StartAsync(fixture.Folder);
        for (var i = 0; i < 3; i++)
        {
            await _container.UploadBlobAsync($"{i}.md", BinaryData.FromString("1"));
            Assert.EndsWith($"/{i}.md", (await ReceiveAsync()).Subject, StringComparison.Ordinal);
        }

        await _container.DeleteBlobAsync("1.md");
        Assert.Equal("Microsoft.Storage.BlobDeleted", (await ReceiveAsync()).EventType);
    }

    [Fact]
    public async Task QueueGone_ThenBack_NothingIsLost()
    {
        await using var source = await StartAsync();
        await _queue.DeleteAsync();
        await _container.UploadBlobAsync("a.md", BinaryData.FromString("1"));
        source.Poke();
        await _queue.CreateAsync();
        Assert.EndsWith("/a.md", (await ReceiveAsync()).Subject, StringComparison.Ordinal);
    }

    private async Task<BlobEventSource> StartAsync(string? storageFolder = null)
    {
        var source = new BlobEventSource(new BlobEventSourceOptions
        {
            ConnectionString = fixture.ConnectionString,
            DataDirectory = _data.FullName,
            Container = _name,
            Queue = _name,
            Interval = TimeSpan.FromMilliseconds(50),
            StorageFolder = storageFolder,
            IdleInterval = TimeSpan.FromMinutes(10),
        });
        await source.StartAsync(CancellationToken.None);
        return source;
    }

    private async Task<EventGridEvent> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if ((await _queue.ReceiveMessageAsync(cancellationToken: deadline.Token)).Value is { } message)
            {
                await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, deadline.Token);
                return EventGridEvent.Parse(BinaryData.FromString(Encoding.UTF8.GetString(Convert.FromBase64String(message.Body.ToString()))));
            }

            await Task.Delay(20, deadline.Token);
        }
    }
}
