using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Serverless.Local.Loopback;

/// <summary>A web server on 127.0.0.1 for one emulator: no configuration from outside, no console lifetime; its owner starts and stops it.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private static readonly TimeSpan DefaultDrain = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly TimeSpan _drain;

    private LoopbackServer(WebApplication app, TimeSpan drain) => (_app, _drain) = (app, drain);

    /// <summary>Where it listens, with the port that was really taken.</summary>
    public Uri BaseAddress => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="port">0 takes a free port.</param>
    /// <param name="maxBodyBytes">A larger request body is refused with 413; null: no limit here.</param>
    /// <param name="drain">How long requests under way may take when it ends; null: two seconds.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<LoopbackServer> StartAsync(
        int port,
        long? maxBodyBytes,
        ILoggerFactory? loggers,
        Action<IServiceCollection> services,
        Action<WebApplication> configure,
        CancellationToken cancellationToken,
        TimeSpan? drain = null)
    {
        // The empty builder reads no environment variables: ASPNETCORE_URLS is meant for others.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Serverless.Local" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBodyBytes;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, OwnedLifetime>());
        if (loggers is not null)
            builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        services(builder.Services);
        var app = builder.Build();
        try
        {
            configure(app);
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new LoopbackServer(app, drain ?? DefaultDrain);
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(_drain);
        try
        {
            await _app.StopAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            // A client that holds its connection open is cut off by the disposal.
        }

        await _app.DisposeAsync();
    }

    /// <summary>Ctrl-C belongs to the program, not to each of its servers.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
