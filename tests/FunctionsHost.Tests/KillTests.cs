using System.Diagnostics;
using Azure.Storage.Queues;

namespace Serverless.FunctionsHost.Tests;

/// <summary>kill -9 of the host: its worker ends with it, and what was under way is completed by the next.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private readonly Azurite _azurite = new();

    public Task InitializeAsync() => _azurite.InitializeAsync();

    public Task DisposeAsync() => _azurite.DisposeAsync();

    [Fact]
    public async Task Host_KilledInTheMiddle_CompletesAllAfterTheRestart()
    {
        await using var host = new RunningHost(_azurite.ConnectionString);
        await host.StartAsync();
        var ids = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            var started = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.StartOrchestrationAsync("Chain")));
            ids.AddRange(started);
            await host.UntilAsync("a step was taken", () => Task.FromResult(started.Any(id => host.Record($"steps-{id}").Length > round)));
            var worker = await host.WorkerProcessIdAsync();
            await host.KillAsync();
            await host.UntilAsync("the worker ended with its host", () => Task.FromResult(!IsAlive(worker)));
            await host.StartAsync();
        }

        foreach (var id in ids)
        {
            Assert.Equal("Completed \"start:01234\"", await host.WaitForAsync(id, "Completed"));

            // At least once, in order: a step may be taken again, none is left out.
            Assert.Equal(["0", "1", "2", "3", "4"], host.Record($"steps-{id}").Distinct());
        }
    }

    /// <summary>The SDK hides a message for ten minutes from everybody else; here it comes again when the lease of the host that died is over.</summary>
    [Fact]
    public async Task Host_KilledWithAMessage_HasItHandledByTheNext()
    {
        await using var host = new RunningHost(_azurite.ConnectionString);
        await host.StartAsync();
        var message = $"gate-{Guid.NewGuid():n}";
        var queue = new QueueClient(_azurite.ConnectionString, "work", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(message);
        await host.UntilAsync("the function was at work", () => Task.FromResult(host.Record($"work-{message}").Length > 0));
        await host.KillAsync();
        var before = host.Record($"work-{message}").Length;
        await File.WriteAllTextAsync(Path.Combine(host.Records, message), "open");
        await host.StartAsync();
        await host.UntilAsync("the function was at work again", () => Task.FromResult(host.Record($"work-{message}").Length > before));
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
