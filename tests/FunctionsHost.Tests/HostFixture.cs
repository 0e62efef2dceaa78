namespace Serverless.FunctionsHost.Tests;

/// <summary>One storage and one host for the tests that harm neither.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    private readonly Azurite _azurite = new();

    internal RunningHost Host { get; private set; } = null!;

    internal string Storage => _azurite.ConnectionString;

    public async Task InitializeAsync()
    {
        await _azurite.InitializeAsync();
        Host = new RunningHost(_azurite.ConnectionString);
        await Host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
