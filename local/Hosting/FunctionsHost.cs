using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Http;
using Serverless.Local.Hosting.Invocation;
using Serverless.Local.Hosting.Orchestration;
using Serverless.Local.Hosting.Queues;
using Serverless.Local.Hosting.Timers;

namespace Serverless.Local.Hosting;

/// <summary>
/// The Functions host of one machine: runs the [Function] methods of an assembly on their triggers (HTTP, queue, timer, Durable),
/// through the app's own middleware and services, as the Functions host and the isolated worker do in Azure.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly WebApplication _app;
    private readonly DurableEngine? _durable;
    private readonly List<IFunctionListener> _listeners = [];
    private bool _stopped;

    private FunctionsHost(FunctionsHostOptions options, WebApplication app, DurableEngine? durable)
    {
        _options = options;
        _app = app;
        _durable = durable;
    }

    /// <summary>The root of the HTTP functions, for example http://127.0.0.1:7071/.</summary>
    public Uri BaseAddress => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");

    public IServiceProvider Services => _app.Services;

    /// <summary>Checks every function, then starts the durable engine, the HTTP server and the listeners.</summary>
    /// <exception cref="FunctionLoadException">Functions or their settings are wrong; nothing was started.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var hostJsonPath = options.HostJsonPath ?? HostJson.Find(Path.GetDirectoryName(options.Assembly.Location) ?? AppContext.BaseDirectory);
        var hostJson = hostJsonPath is null ? HostJson.Default : HostJson.Read(hostJsonPath);
        var functions = FunctionCatalog.Load(options.Classes ?? options.Assembly.GetTypes(), hostJson, options.Configuration);
        var host = Build(options, hostJson, functions);
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no more work and lets invocations in progress end within the drain timeout; what remains is cancelled.</summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        using var drain = new CancellationTokenSource(_options.DrainTimeout);
        await Task.WhenAll([.. _listeners.Select(listener => listener.StopAsync(drain.Token)), _app.StopAsync(drain.Token)]);
        if (_durable is not null) await _durable.StopAsync(drain.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    private static FunctionsHost Build(FunctionsHostOptions options, HostJson hostJson, IReadOnlyList<FunctionDescriptor> functions)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(options.Configuration);
        options.Logging?.Invoke(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBodyBytes;
            kestrel.Listen(System.Net.IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddMvcCore();
        builder.Services.AddLogging();

        // Signals belong to the process, which hosts more than functions.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        options.Services?.Invoke(builder.Services);
        builder.Services.TryAddSingleton(TimeProvider.System);
        var durable = functions.Any(f => f.Trigger is FunctionTrigger.Orchestration or FunctionTrigger.Activity);
        FunctionInvoker? invoker = null;
        if (durable) AddDurable(builder.Services, options, DurableFunctions.Register(functions, () => invoker!, hostJson.FunctionTimeout));
        var application = new FunctionsApplicationBuilder(builder.Services);
        options.Compose(application, builder.Configuration);

        var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        invoker = new FunctionInvoker(
            app.Services.GetRequiredService<IServiceScopeFactory>(), application.BuildPipeline(new FunctionExecution().ExecuteAsync), loggers.CreateLogger<FunctionInvoker>());
        MapHttp(app, options, new HttpFunctions(functions, invoker), loggers);
        var host = new FunctionsHost(options, app, durable ? app.Services.GetRequiredService<DurableEngine>() : null);
        host.AddListeners(functions, hostJson, invoker, loggers);
        return host;
    }

    private static void AddDurable(IServiceCollection services, FunctionsHostOptions options, DurableRegistry registry)
    {
        services.AddSingleton(provider => new DurableEngine(
            new DurableOptions { DatabasePath = Path.Combine(options.DataDirectory, "durable.db") },
            registry,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => provider.GetRequiredService<DurableEngine>().Client);
    }

    private static void MapHttp(WebApplication app, FunctionsHostOptions options, HttpFunctions functions, ILoggerFactory loggers)
    {
        var errors = new HttpErrorResponses(options.MaxRequestBodyBytes, loggers.CreateLogger<HttpErrorResponses>());
        app.Use(errors.InvokeAsync);
        app.UseRouting();
        if (options.WebRoot is { } root)
        {
            var files = new PhysicalFileProvider(Path.GetFullPath(root));
            app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
            app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
        }

        options.Web?.Invoke(app);
        functions.Map(app);
    }

    private void AddListeners(IReadOnlyList<FunctionDescriptor> functions, HostJson hostJson, FunctionInvoker invoker, ILoggerFactory loggers)
    {
        var time = Services.GetRequiredService<TimeProvider>();
        var queues = new QueueClients(_options.Configuration, Services);
        foreach (var function in functions)
        {
            switch (function.Trigger)
            {
                case FunctionTrigger.Queue queue:
                    _listeners.Add(new QueueListener(
                        function,
                        queues.Open(function.Name, queue.QueueName, queue.Connection),
                        queues.Open(function.Name, queue.QueueName + "-poison", queue.Connection),
                        hostJson.Queues,
                        hostJson.FunctionTimeout,
                        invoker,
                        time,
                        loggers.CreateLogger<QueueListener>()));
                    break;
                case FunctionTrigger.Timer timer:
                    var logger = loggers.CreateLogger<TimerListener>();
                    var state = new TimerStateFile(_options.DataDirectory, function.Name, logger);
                    _listeners.Add(new TimerListener(function, timer, state, hostJson.FunctionTimeout, invoker, time, logger));
                    break;
            }
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_options.DataDirectory);
        if (_durable is not null) await _durable.StartAsync(cancellationToken);
        await _app.StartAsync(cancellationToken);
        foreach (var listener in _listeners) await listener.StartAsync(cancellationToken);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
