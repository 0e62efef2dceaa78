using Azure.Data.Tables;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;
using Azure.Search.Documents.Models;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Local.Tests.Search;
using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.CommandLine;
using Serverless.Local.KeyVault;
using Serverless.Local.Loopback;
using Serverless.Local.Processes;
using Serverless.Local.Search;
using Serverless.Local.Stack;
using Serverless.Local.Storage;

namespace Local.Tests.Storage;

/// <summary>The data folder of a stack with something in each of its parts, copied while all of them had it open: what a kill leaves.</summary>
public sealed class KilledStack : IAsyncLifetime
{
    private const int Items = 40;
    private const string Token = "t";
    private static readonly Uri Endpoint = new("https://local.search.windows.net");
    private readonly TemporaryFolder _live = new();
    private readonly TemporaryFolder _killed = new();
    private StablePorts? _ports;

    public string Path => _killed.Path;

    internal EmulatorKeys Keys { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        using (var data = DataDirectory.Open(_live.Path, fresh: false)) Keys = EmulatorKeys.Open(data);
        _ports = StablePorts.Open(_live["ports.json"], TimeProvider.System);
        var azurite = await AzuriteChild.OpenAsync(_ports, _live["azurite"], CancellationToken.None);
        await using var storage = await StartAsync(azurite, _live["azurite"]);
        await using var search = new SearchEmulator(new SearchEmulatorOptions { DataDirectory = _live["search"], BearerToken = Token, AdminKey = "k" });
        await search.StartAsync(CancellationToken.None);
        Directory.CreateDirectory(_live["functions"]);
        using var secrets = new SecretStore(_live["keyvault"]);
        using var snapshot = new BlobSnapshot(_live["functions/blob-events.db"], "documents");

        await FillAsync(azurite);
        var indexes = new SearchIndexClient(Endpoint, new LocalTokenCredential(Token), Options(search));
        await indexes.CreateIndexAsync(SearchFixture.Chunks());
        await indexes.GetSearchClient("chunks").UploadDocumentsAsync(Enumerable.Range(0, Items).Select(i => new SearchDocument { ["id"] = $"{i}", ["content"] = $"figs number {i}", ["vector"] = new[] { 1f, i, 2f } }));
        var vault = new Vault(secrets, new MovingSecrets(TimeSpan.Zero, TimeProvider.System), TimeProvider.System);
        for (var i = 0; i < Items; i++) vault.Set("v", $"name-{i}", new SecretChange { Value = $"value-{i}" });
        snapshot.Remember(Enumerable.Range(0, Items).Select(i => ($"{i}.md", (string?)$"tag-{i}")));

        Copy(_live.Path, _killed.Path);
        foreach (var journal in Directory.GetFiles(_killed["azurite"], "*.journal.*")) File.Move(journal, System.IO.Path.ChangeExtension(journal, ".900"));
    }

    public Task DisposeAsync()
    {
        _live.Dispose();
        _killed.Dispose();
        return Task.CompletedTask;
    }

    public static void Copy(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => System.IO.Path.GetFileName(file) != "lock"))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }

    public async Task ReadSearchAsync(string folder)
    {
        await using var search = new SearchEmulator(new SearchEmulatorOptions { DataDirectory = folder, BearerToken = Token, AdminKey = "k" });
        await search.StartAsync(CancellationToken.None);
        var chunks = new SearchClient(Endpoint, "chunks", new LocalTokenCredential(Token), Options(search));
        var found = await chunks.SearchAsync<SearchDocument>("figs", new SearchOptions { Size = 100, Select = { "id" } });
        Assert.Equal(Items, found.Value.GetResults().Count());
    }

    public void ReadVault(string folder)
    {
        using var secrets = new SecretStore(folder);
        for (var i = 0; i < Items; i++) Assert.Equal($"value-{i}", Assert.Single(secrets.Versions("v", $"name-{i}")).Value);
    }

    public void ReadSnapshot(string folder)
    {
        using var snapshot = new BlobSnapshot(System.IO.Path.Combine(folder, "blob-events.db"), "documents");
        Assert.Equal(Items, snapshot.ETags.Count);
        Assert.All(snapshot.ETags, told => Assert.Equal($"tag-{System.IO.Path.GetFileNameWithoutExtension(told.Key)}", told.Value));
    }

    public async Task ReadPortsAsync(string folder)
    {
        var again = await AzuriteChild.OpenAsync(StablePorts.Open(System.IO.Path.Combine(folder, "ports.json"), TimeProvider.System), System.IO.Path.Combine(folder, "azurite"), CancellationToken.None);
        Assert.Equal(await AzuriteChild.OpenAsync(_ports!, _live["azurite"], CancellationToken.None), again);
    }

    /// <summary>Every blob, message and row is there.</summary>
    /// <exception cref="ProcessFailedException">It says what is damaged.</exception>
    public async Task ReadAzuriteAsync(string folder)
    {
        var azurite = AzuriteChild.OnFreePorts();
        await using var process = await StartAsync(azurite, folder);
        var documents = new BlobContainerClient(azurite.ConnectionString, "documents");
        for (var i = 0; i < Items; i += 13) Assert.Equal($"text {i}", (await documents.GetBlobClient($"{i}.md").DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal(Items, documents.GetBlobs().Count());
        Assert.Equal("hello", (await new QueueClient(azurite.ConnectionString, "events").PeekMessageAsync()).Value.Body.ToString());
        Assert.Equal(Items, new TableClient(azurite.ConnectionString, "History").Query<TableEntity>().Count());
    }

    private static async Task FillAsync(AzuriteChild azurite)
    {
        var documents = new BlobContainerClient(azurite.ConnectionString, "documents");
        await documents.CreateAsync();
        var events = new QueueClient(azurite.ConnectionString, "events");
        await events.CreateAsync();
        await events.SendMessageAsync("hello");
        var history = new TableClient(azurite.ConnectionString, "History");
        await history.CreateAsync();
        for (var i = 0; i < Items; i++)
        {
            await documents.UploadBlobAsync($"{i}.md", BinaryData.FromString($"text {i}"));
            await history.AddEntityAsync(new TableEntity("p", $"{i}"));
        }
    }

    private static Task<SupervisedProcess> StartAsync(AzuriteChild azurite, string folder) =>
        SupervisedProcess.StartAsync(azurite.Spec(RepositoryRoot.Path, folder, TimeProvider.System), TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    private static SearchClientOptions Options(SearchEmulator emulator) => new() { Transport = new LoopbackTransport(emulator.BaseAddress, new Uri("http://127.0.0.1:1")) };
}
