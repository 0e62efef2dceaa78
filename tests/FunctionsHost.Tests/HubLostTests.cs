using Azure.Data.Tables;
using Azure.Storage.Queues;

namespace Serverless.FunctionsHost.Tests;

/// <summary>A part of Durable's state is deleted while the host runs: it does not stand still for ever, but says what is gone and ends, and the next one works.</summary>
public sealed class HubLostTests : IAsyncLifetime
{
    private readonly Azurite _azurite = new();

    public Task InitializeAsync() => _azurite.InitializeAsync();

    public Task DisposeAsync() => _azurite.DisposeAsync();

    [Theory]
    [InlineData("table testsHistory")]
    [InlineData("table testsPartitions")]
    [InlineData("queue tests-control-00")]
    public async Task Hub_PartDeleted_EndsTheHostWithItsNameAndTheNextOneWorks(string part)
    {
        await using var host = new RunningHost(_azurite.ConnectionString);
        await host.StartAsync();
        Assert.StartsWith("Completed", await host.WaitForAsync(await host.StartOrchestrationAsync("Chain"), "Completed"), StringComparison.Ordinal);
        if (part.Split(' ') is ["table", var table]) await new TableServiceClient(_azurite.ConnectionString).DeleteTableAsync(table);
        else await new QueueServiceClient(_azurite.ConnectionString).DeleteQueueAsync(part.Split(' ')[1]);

        Assert.Equal(1, await host.ExitCodeAsync());
        Assert.Contains($"functions host: {part} of Durable's state is gone", host.Output, StringComparison.Ordinal);

        await host.StartAsync();
        Assert.Equal("Completed \"start:01234\"", await host.WaitForAsync(await host.StartOrchestrationAsync("Chain"), "Completed"));
    }
}
