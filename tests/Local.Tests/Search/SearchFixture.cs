using Azure;
using Azure.Core;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;
using Azure.Search.Documents.Indexes.Models;
using Serverless.Local.Loopback;
using Serverless.Local.Search;
using SearchIndex = Azure.Search.Documents.Indexes.Models.SearchIndex;

namespace Local.Tests.Search;

/// <summary>An emulator on a free port with a data folder of its own, and the real SDK's clients to it.</summary>
internal sealed class SearchFixture : IAsyncDisposable
{
    public const string AdminKey = "admin";
    public const string QueryKey = "query";

    private static readonly Uri Endpoint = new("https://local.search.windows.net");

    private readonly TimeProvider _time;
    private readonly TimeSpan _visibilityDelay;

    private SearchFixture(TimeProvider time, TimeSpan visibilityDelay)
    {
        _time = time;
        _visibilityDelay = visibilityDelay;
        Emulator = Create();
    }

    public DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("search-");

    public LocalTokenCredential Credential { get; } = LocalTokenCredential.Create();

    public SearchEmulator Emulator { get; private set; }

    public SearchIndexClient Indexes => new(Endpoint, Credential, Options());

    public static async Task<SearchFixture> StartAsync(TimeProvider? time = null, TimeSpan visibilityDelay = default)
    {
        var fixture = new SearchFixture(time ?? TimeProvider.System, visibilityDelay);
        await fixture.Emulator.StartAsync(CancellationToken.None);
        return fixture;
    }

    public SearchClient Client(string index) => new(Endpoint, index, Credential, Options());

    public SearchClient Client(string index, TokenCredential credential) => new(Endpoint, index, credential, Options());

    public SearchIndexClient IndexesWithKey(string key) => new(Endpoint, new AzureKeyCredential(key), Options());

    public SearchClient ClientWithKey(string index, string key) => new(Endpoint, index, new AzureKeyCredential(key), Options());

    public async Task<SearchClient> CreateAsync(SearchIndex index)
    {
        await Indexes.CreateOrUpdateIndexAsync(index);
        return Client(index.Name);
    }

    public async Task RestartAsync()
    {
        await Emulator.DisposeAsync();
        Emulator = Create();
        await Emulator.StartAsync(CancellationToken.None);
    }

    /// <summary>The index that ingestion makes: key, text, groups, a number and a vector.</summary>
    public static SearchIndex Chunks(string name = "chunks", int dimensions = 3) => new(name)
    {
        Fields =
        {
            new SimpleField("id", SearchFieldDataType.String) { IsKey = true, IsFilterable = true, IsSortable = true },
            new SearchableField("content") { AnalyzerName = LexicalAnalyzerName.EnLucene },
            new SimpleField("document", SearchFieldDataType.String) { IsFilterable = true, IsFacetable = true, IsSortable = true },
            new SimpleField("groups", SearchFieldDataType.Collection(SearchFieldDataType.String)) { IsFilterable = true, IsFacetable = true },
            new SimpleField("number", SearchFieldDataType.Int32) { IsFilterable = true, IsSortable = true },
            new SimpleField("time", SearchFieldDataType.DateTimeOffset) { IsFilterable = true, IsSortable = true },
            new VectorSearchField("vector", dimensions, "profile"),
        },
        VectorSearch = new VectorSearch
        {
            Profiles = { new VectorSearchProfile("profile", "hnsw") },
            Algorithms = { new HnswAlgorithmConfiguration("hnsw") },
        },
    };

    public async ValueTask DisposeAsync()
    {
        await Emulator.DisposeAsync();
        Data.Delete(recursive: true);
    }

    private SearchClientOptions Options()
    {
        var options = new SearchClientOptions { Transport = new LoopbackTransport(Emulator.BaseAddress, new Uri("http://127.0.0.1:1")) };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(5);
        return options;
    }

    private SearchEmulator Create() => new(
        new SearchEmulatorOptions
        {
            DataDirectory = Data.FullName,
            BearerToken = Credential.Token,
            AdminKey = AdminKey,
            QueryKey = QueryKey,
            VisibilityDelay = _visibilityDelay,
        },
        _time);
}
