using System.Runtime.InteropServices;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Contracts.SignalR;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Api.Streams;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Telemetry;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Composes the worker's process: Kestrel, the API, and what watches over it.</summary>
public static class WorkerHost
{
    private const int HeadersSeconds = 15;

    /// <param name="options">Valid ones.</param>
    /// <param name="configureServices">Replaces services, for tests.</param>
    /// <param name="telemetry">Where spans go; null: nowhere.</param>
    public static WebApplication Build(WorkerOptions options, Action<IServiceCollection>? configureServices = null, TelemetryOptions? telemetry = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ApplicationName = "Serverless.GpuWorker" });
        builder.WebHost.UseUrls([.. WorkerOptionsValidator.SplitUrls(options.Urls)]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ApiLimits.BodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(HeadersSeconds);
        });
        ConfigureLogging(builder.Logging);
        ConfigureServices(builder.Services, options);
        builder.Services.AddTelemetry(telemetry ?? new TelemetryOptions());
        configureServices?.Invoke(builder.Services);

        var app = builder.Build();
        Configure(app, options);
        return app;
    }

    /// <summary>Runs until the process is told to stop.</summary>
    /// <returns>The process's exit code: 0, or 1 when the models or the engine failed.</returns>
    public static async Task<int> RunAsync(WebApplication app)
    {
        var state = app.Services.GetRequiredService<ServingState>();
        await using (app)
        {
            // A terminal that is closed ends the worker in order, as SIGTERM does.
            using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                app.Lifetime.StopApplication();
            });
            await app.RunAsync();
            return state.Phase == ServingPhase.Failed ? 1 : 0;
        }
    }

    private static void ConfigureServices(IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options).AddSingleton<IChildLauncher>(new ChildLauncher(EngineCommand.Name)).AddSingleton<IModelLoader, CheckpointLoader>().AddSingleton(TimeProvider.System);
        services.AddSingleton<ServingState>().AddSingleton<ServingMetrics>();
        if (options.SignalR is { } connection) AddStreams(services, SignalRConnectionString.Parse(connection, "Worker:SignalR"), options.MaxStreams);

        // Services stop in reverse order, so what drains comes last, before the server itself.
        services.AddHostedService<ModelLifetime>().AddHostedService<EngineWatchdog>().AddHostedService<DrainService>();
        if (ParentWatch.IsAskedFor)
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ParentWatch>(provider, Console.OpenStandardInput()));
        }

        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + 15));
        services.AddHostFiltering(filter => filter.IncludeFailureMessage = false);
        services.AddOptions<HostFilteringOptions>().Configure<IConfiguration>((filter, configuration) => filter.AllowedHosts = AllowedHosts(options, configuration["AllowedHosts"]));
    }

    private static void AddStreams(IServiceCollection services, SignalRConnectionString connection, int most)
    {
        if (connection.AccessKey is null) services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.AddSingleton(provider => new SignalRServiceClient(
            new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }),
            connection,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<TokenCredential>()));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PushedStreams>(provider, most));
    }

    private static void Configure(WebApplication app, WorkerOptions options)
    {
        var state = app.Services.GetRequiredService<ServingState>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        var generation = new GenerationContext(app.Services.GetRequiredService<ServingMetrics>(), time, TimeSpan.FromSeconds(options.StreamWriteSeconds), app.Services.GetService<PushedStreams>());
        app.UseHostFiltering();
        app.UseMiddleware<TraceMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<ApiKeyMiddleware>(options.ApiKeys);
        app.UseMiddleware<ClientLimitsMiddleware>(new ClientLimiter(options.MaxClientConcurrency, options.MaxClientRequestsPerMinute, time));
        app.UseMiddleware<AdmissionMiddleware>();
        app.MapApi(state, generation, TimeSpan.FromSeconds(options.StallSeconds));
        app.Lifetime.ApplicationStarted.Register(() => HostingLog.Listening(app.Logger, string.Join(", ", app.Urls)));
    }

    /// <summary>A worker on loopback answers to loopback's names only, so that no page in a browser reaches it under a name of its own (DNS rebinding).</summary>
    private static IList<string> AllowedHosts(WorkerOptions options, string? configured)
    {
        if (!string.IsNullOrEmpty(configured)) return configured.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var loopback = WorkerOptionsValidator.SplitUrls(options.Urls).All(url => WorkerOptionsValidator.IsLoopback(BindingAddress.Parse(url)));
        return loopback ? ["localhost", "127.0.0.1", "[::1]"] : ["*"];
    }

    private static void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        // What it logs is thrown as well, and said in one line by the command.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    }
}
