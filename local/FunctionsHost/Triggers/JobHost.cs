using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host.Timers;
using Serverless.FunctionsHost.Worker;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>Queue and timer triggers and the Durable engine, from the WebJobs packages that Azure's host is made of.</summary>
internal sealed class JobHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TriggerCalls _calls;

    private JobHost(IHost host, TriggerCalls calls) => (_host, _calls) = (host, calls);

    /// <summary>For HTTP functions' <c>durableClient</c> bindings; null when no function has one.</summary>
    public string? DurableClient => _calls.DurableClient;

    /// <param name="options">Whose instance name the Durable engine's leases carry.</param>
    /// <param name="settings">host.json and the app's settings.</param>
    /// <param name="worker">What runs the functions.</param>
    /// <param name="functions">All of the app's functions.</param>
    /// <param name="address">The host's own HTTP address.</param>
    /// <param name="loggers">The host's logging.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<JobHost> StartAsync(
        HostArguments options, HostSettings settings, WorkerSupervisor worker, IReadOnlyList<FunctionDefinition> functions, Uri address, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var methods = new TriggerMethods(functions);
        var calls = new TriggerCalls(worker, functions, methods.Slot);
        var host = new HostBuilder()
            .ConfigureWebJobs(jobs =>
            {
                jobs.AddAzureStorageQueues();
                jobs.AddTimers();

                // The monitor in blobs left the packages; instances of one machine share a folder.
                jobs.Services.AddSingleton<ScheduleMonitor>(new FileSystemScheduleMonitor(Directory.CreateDirectory(Path.Combine(options.StateDirectory, "timers")).FullName));
                jobs.AddDurableTask(durable => SetWebHookAddress(durable, address));
            })
            .ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(settings.Values))
            .ConfigureServices(services => services
                .AddSingleton<ITypeLocator>(methods)
                .AddSingleton(loggers)
                .AddSingleton<IHostLifetime, OwnedLifetime>()
                .AddSingleton<IWebJobsExceptionHandler>(new ListenerFailures(loggers.CreateLogger<JobHost>())))
            .Build();
        try
        {
            DurableTuning.Apply(host.Services, options.InstanceId, settings);
            await QueueTuning.StartAsync(host, settings, functions.Any(function => function.TriggerType == "queueTrigger"), cancellationToken);
            if (functions.Any(f => f.DurableClients.Count > 0))
                await host.Services.GetRequiredService<IJobHost>().CallAsync(TriggerMethods.DurableClientMethod, cancellationToken: cancellationToken);
            return new JobHost(host, calls);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await _host.StopAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host.Dispose();
    }

    // The extension refuses to bind a client without an address for its web hooks, and asks for it in a property that is not public.
    private static void SetWebHookAddress(DurableTaskOptions options, Uri address) =>
        typeof(DurableTaskOptions).GetProperty("WebhookUriProviderOverride", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!
            .SetValue(options, (Func<Uri>)(() => new Uri(address, "runtime/webhooks/durabletask")));

    /// <summary>The SDK's own handler ends the process when a listener fails, as while storage restarts; the listener tries again by itself.</summary>
    private sealed class ListenerFailures(ILogger logger) : IWebJobsExceptionHandler
    {
        public void Initialize(Microsoft.Azure.WebJobs.JobHost host)
        {
        }

        public Task OnTimeoutExceptionAsync(ExceptionDispatchInfo exceptionInfo, TimeSpan timeoutGracePeriod) => OnUnhandledExceptionAsync(exceptionInfo);

        public Task OnUnhandledExceptionAsync(ExceptionDispatchInfo exceptionInfo)
        {
            logger.LogWarning("A listener failed: {Exception}", exceptionInfo.SourceException.GetType().Name);
            return Task.CompletedTask;
        }
    }
}
