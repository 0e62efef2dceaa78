using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.FunctionsHost.Http;
using Serverless.FunctionsHost.Triggers;
using Serverless.FunctionsHost.Worker;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost;

/// <summary>
/// Runs a built Functions app as Azure's host does: the worker process and the protocol to it, HTTP forwarded to it, queue and timer triggers and the
/// Durable engine.
/// </summary>
internal sealed class AppHost : IAsyncDisposable
{
    /// <summary>As Azure's host: 100 MiB.</summary>
    private const long MaxBodyBytes = 104_857_600;

    /// <summary>How long requests under way, streams above all, may go on once the host is asked to end.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(3);

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ready;

    private AppHost()
    {
    }

    public Uri Address { get; private set; } = null!;

    public IReadOnlyList<FunctionDefinition> Functions { get; private set; } = [];

    /// <summary>Ends, with what it was, when a part of the task hub is gone: only a host that starts makes it anew.</summary>
    public Task<string> HubLost => _lost.Task;

    /// <summary>The worker's process id; null while none runs.</summary>
    public int? WorkerProcessId => Worker.ProcessId;

    private WorkerSupervisor Worker { get; set; } = null!;

    /// <exception cref="HostException">The app or its settings are wrong; nothing runs.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<AppHost> StartAsync(HostArguments options, HostSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var host = new AppHost();
        try
        {
            await host.StartPartsAsync(options, settings, loggers, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The last part started is the first to stop: requests, then triggers, then the worker.</summary>
    public async ValueTask DisposeAsync()
    {
        _ready = false;
        for (var i = _parts.Count - 1; i >= 0; i--) await _parts[i].DisposeAsync();
        _parts.Clear();
    }

    private async Task StartPartsAsync(HostArguments options, HostSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var streams = new WorkerStreams(loggers);
        var protocol = LoopbackWeb.Create(0, HttpProtocols.Http2, null, loggers, services =>
        {
            services.AddSingleton(streams);
            services.AddGrpc(grpc => (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (int.MaxValue, int.MaxValue));
        });
        Keep(LoopbackWeb.Owned(protocol, TimeSpan.Zero));
        protocol.MapGrpcService<WorkerStreams>();
        await protocol.StartAsync(cancellationToken);
        Worker = Keep(new WorkerSupervisor(options.AppDirectory, LoopbackWeb.AddressOf(protocol), streams, TimeProvider.System, loggers));
        var starting = Worker.StartAsync(cancellationToken);
        await StorageWait.UntilReachableAsync(settings, TimeProvider.System, cancellationToken);
        Functions = (await starting).Functions;

        // Listening before the triggers run: the port is known to be ours before any work is taken.
        JobHost? jobs = null;
        HttpRoutes? routes = null;
        var web = LoopbackWeb.Create(options.Port, HttpProtocols.Http1, MaxBodyBytes, loggers, services =>
        {
            services.AddHttpForwarder();
            services.AddRouting();
        });
        var invoker = Keep(new HttpInvoker(web.Services.GetRequiredService<IHttpForwarder>(), Worker, () => jobs?.DurableClient, loggers.CreateLogger<HttpInvoker>()));
        routes = new HttpRoutes(Functions, settings.RoutePrefix, web.Services, invoker.InvokeAsync);
        web.Run(context => context.Request.Path == "/admin/host/status" ? StatusAsync(context) : routes.InvokeAsync(context));
        await web.StartAsync(cancellationToken);
        Address = LoopbackWeb.AddressOf(web);
        Keep(LoopbackWeb.Owned(web, Drain));
        jobs = Keep(await JobHost.StartAsync(options, settings, Worker, Functions, Address, loggers, cancellationToken));
        if (Functions.Any(function => function.TriggerType == "orchestrationTrigger") && TaskHubWatch.Start(settings, TimeProvider.System, what => _lost.TrySetResult(what)) is { } watch) Keep(watch);
        _ready = true;
    }

    /// <summary>Azure's host has this endpoint too.</summary>
    private Task StatusAsync(HttpContext context)
    {
        context.Response.StatusCode = _ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsJsonAsync(new { state = _ready ? "Running" : "Starting", processId = Environment.ProcessId, workerProcessId = WorkerProcessId });
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
