namespace Serverless.Functions.Tests.Hosting;

/// <summary>One Azurite for the tests of the gateway, with an account for each test host.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private const int Accounts = 2000;

    private AzuriteProcess _process = null!;
    private int _taken;

    /// <summary>The connection string of an account that nobody else uses.</summary>
    public string TakeAccount()
    {
        var account = Interlocked.Increment(ref _taken);
        Assert.True(account <= Accounts, "More test hosts than Azurite accounts.");
        return _process.ConnectionString($"test{account}");
    }

    public async Task InitializeAsync() => _process = await AzuriteProcess.StartAsync(Enumerable.Range(1, Accounts).Select(i => $"test{i}"));

    public async Task DisposeAsync() => await _process.DisposeAsync();
}
