using Microsoft.AspNetCore.Connections;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>Over Durable Task itself, in process.</summary>
public sealed class HistoryCleanupTests : IAsyncLifetime
{
    private readonly MovedClock _time = new(DateTimeOffset.UtcNow);
    private DurableTaskTestHost _durable = null!;

    public async Task InitializeAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _durable = await DurableTaskTestHost.StartAsync(tasks =>
                {
                    tasks.AddOrchestratorFunc<string>("Ends", (_, _) => Task.CompletedTask);
                    tasks.AddOrchestratorFunc<string>("Fails", (_, _) => throw new InvalidOperationException("It fails."));
                    tasks.AddOrchestratorFunc<string>("Waits", (context, _) => context.WaitForExternalEvent<string>("never"));
                });
                return;
            }
            // The host takes a port without asking whether it is free.
            catch (IOException e) when (e.InnerException is AddressInUseException && attempt < 10) { }
        }
    }

    public async Task DisposeAsync() => await _durable.DisposeAsync();

    [Fact]
    public async Task Run_TakesOutWhatHasEndedAndBeganLongAgo()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        foreach (var (name, id) in ((string, string)[])[("Ends", "batch-a"), ("Ends", "docs-b"), ("Fails", "notice-c"), ("Waits", "batch-d"), ("Ends", "doc-e"), ("Ends", "reconcile")])
            await _durable.Client.ScheduleNewOrchestrationInstanceAsync(name, "x", new StartOrchestrationOptions(id), deadline.Token);
        foreach (var id in (string[])["batch-a", "docs-b", "notice-c", "doc-e", "reconcile"]) await _durable.Client.WaitForInstanceCompletionAsync(id, deadline.Token);
        var cleanup = new HistoryCleanup(HistoryOptions.From(new ConfigurationBuilder().Build()), _time, NullLogger<HistoryCleanup>.Instance);

        _time.Advance(TimeSpan.FromDays(13));
        await cleanup.RunAsync(new TimerInfo(), _durable.Client, deadline.Token);
        Assert.Equal(["batch-a", "batch-d", "doc-e", "docs-b", "notice-c", "reconcile"], await LeftAsync());

        _time.Advance(TimeSpan.FromDays(2));
        await cleanup.RunAsync(new TimerInfo(), _durable.Client, deadline.Token);
        // A document begins again under its id, and what Durable takes out by an id may be what has just begun.
        Assert.Equal(["batch-d", "doc-e", "reconcile"], await LeftAsync());

        // Its name can be had again.
        await _durable.Client.ScheduleNewOrchestrationInstanceAsync("Ends", "x", new StartOrchestrationOptions("batch-a"), deadline.Token);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _durable.Client.WaitForInstanceCompletionAsync("batch-a", deadline.Token)).RuntimeStatus);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("366")]
    [InlineData("ever")]
    public void Options_OutOfRange_NameTheSetting(string days)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Durable:HistoryDays"] = days }).Build();
        var exception = Assert.Throws<InvalidOperationException>(() => HistoryOptions.From(configuration));
        Assert.Contains("'Durable:HistoryDays' must be a whole number from 8 to 365", exception.Message, StringComparison.Ordinal);
    }

    private async Task<List<string>> LeftAsync() =>
        [.. (await _durable.Client.GetAllInstancesAsync().ToListAsync()).Select(i => i.InstanceId).Order(StringComparer.Ordinal)];
}
