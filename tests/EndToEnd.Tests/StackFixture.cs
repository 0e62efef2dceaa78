namespace Serverless.EndToEnd.Tests;

/// <summary>One stack with the samples, shared by the tests that leave it as they found it.</summary>
public sealed class StackFixture : IAsyncLifetime
{
    public LocalStack Stack { get; } = new();

    public Task InitializeAsync() => Stack.StartAsync();

    public async Task DisposeAsync() => await Stack.DisposeAsync();
}
