using Serverless.Local.Storage;

namespace Serverless.Local.Tests.Storage;

/// <summary>One Azurite for the tests of a class; each takes a container and a queue of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("azurite-");

    public AzuriteProcess Azurite { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Azurite = new AzuriteProcess(new AzuriteOptions { DataDirectory = _data.FullName });
        await Azurite.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await Azurite.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
