using Serverless.Contracts.Tests;

namespace Serverless.FunctionsHost.Tests;

/// <summary>An Azurite of a test's own.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Account = "tests";

    private AzuriteProcess _process = null!;

    public string ConnectionString => _process.ConnectionString(Account);

    public async Task InitializeAsync() => _process = await AzuriteProcess.StartAsync(Account);

    public async Task DisposeAsync() => await _process.DisposeAsync();
}
