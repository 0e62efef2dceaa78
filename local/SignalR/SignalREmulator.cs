using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Local.Loopback;

namespace Serverless.Local.SignalR;

/// <summary>
/// Azure SignalR Service in serverless mode on this machine: SignalR clients connect to <c>/client/?hub=...</c>, the app sends through the REST data
/// plane. Nothing is kept: as with the service, a message for a client that is away is lost.
/// </summary>
public sealed class SignalREmulator : IAsyncDisposable
{
    private const long MaxBodyBytes = 1024 * 1024;

    private readonly SignalREmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory? _loggers;
    private LoopbackServer? _server;

    /// <exception cref="ArgumentException">The access key is too short.</exception>
    public SignalREmulator(SignalREmulatorOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.AccessKey.Length < 32)
            throw new ArgumentException("AccessKey must have at least 32 characters.", nameof(options));
        _options = options;
        _time = time ?? TimeProvider.System;
        _loggers = loggers;
    }

    /// <summary>For tests: failures of the data plane to order.</summary>
    public RequestFaults Faults { get; } = new();

    /// <summary>Where it listens, once started.</summary>
    public Uri BaseAddress => (_server ?? throw new InvalidOperationException("The emulator has not been started.")).BaseAddress;

    /// <summary>What the app's <c>AzureSignalRConnectionString</c> is set to.</summary>
    public string ConnectionString => $"Endpoint=http://{BaseAddress.Host};Port={BaseAddress.Port};AccessKey={_options.AccessKey};Version=1.0;";

    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            throw new InvalidOperationException("The emulator runs already.");
        var registry = new ClientRegistry(_time);
        _server = await LoopbackServer.StartAsync(_options.Port, MaxBodyBytes, _loggers, services => AddServices(services, registry), app => Map(app, registry), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static void AddServices(IServiceCollection services, ClientRegistry registry)
    {
        services.AddSingleton(registry);
        services.AddSignalR();

        // The last protocol of a name counts.
        services.AddSingleton<IHubProtocol, ServerToClientProtocol>();
        services.AddSingleton<HubLifetimeManager<ServerlessHub>, ClientLifetimeManager>();
    }

    private void Map(WebApplication app, ClientRegistry registry)
    {
        var tokens = new TokenValidator(_options.AccessKey, _time);
        var access = new ClientAccess(tokens);
        var dataPlane = new DataPlane(registry, tokens, Faults);
        app.Use(async (context, next) =>
        {
            try
            {
                if (!context.Request.Path.StartsWithSegments("/client") || await access.AdmitAsync(context))
                    await next(context);
            }
            catch (SignalRException refused)
            {
                await RespondAsync(context, refused.Status, refused.Code, refused.Message);
            }
            catch (BadHttpRequestException refused)
            {
                var tooLarge = refused.StatusCode == StatusCodes.Status413PayloadTooLarge;
                await RespondAsync(context, refused.StatusCode, tooLarge ? "RequestEntityTooLarge" : "Invalid.Request", tooLarge ? "The body is larger than 1 MB." : "The request cannot be read.");
            }
        });
        app.UseRouting();
        app.MapHub<ServerlessHub>("/client", options => options.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling);
        app.MapMethods("/api/health", [HttpMethods.Head, HttpMethods.Get], () => Results.Ok());
        app.Map("/api/hubs/{**rest}", dataPlane.HandleAsync);
    }

    private static Task RespondAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-ms-error-code"] = code;
        return context.Response.WriteAsJsonAsync(new { code, message, target = (string?)null, details = Array.Empty<object>(), inner = (object?)null }, context.RequestAborted);
    }
}
