using Serverless.Local.Loopback;
using Serverless.Local.Search;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Azurite and the AI Search emulator on free ports, for the tests of a collection.</summary>
public sealed class AzureServices : IAsyncLifetime
{
    private const string Account = "tests";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("search-");
    private AzuriteProcess? _azurite;

    public string Storage { get; private set; } = string.Empty;

    public LocalTokenCredential Credential { get; } = LocalTokenCredential.Create();

    public SearchEmulator Search { get; private set; } = null!;

    public LoopbackTransport Transport { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Search = new SearchEmulator(new SearchEmulatorOptions { DataDirectory = _data.FullName, BearerToken = Credential.Token });
        await Search.StartAsync(CancellationToken.None);
        Transport = new LoopbackTransport(Search.BaseAddress, new Uri("http://127.0.0.1:1"));
        _azurite = await AzuriteProcess.StartAsync(Account);
        Storage = _azurite.ConnectionString(Account);
    }

    public async Task DisposeAsync()
    {
        Transport.Dispose();
        await Search.DisposeAsync();
        _data.Delete(recursive: true);
        if (_azurite is not null) await _azurite.DisposeAsync();
    }
}
