using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Serverless.FunctionsHost;

/// <summary>A web server on 127.0.0.1 that reads no configuration from outside.</summary>
internal static class LoopbackWeb
{
    /// <param name="port">0 takes a free one.</param>
    /// <param name="protocol">HTTP/1 for requests, HTTP/2 for the worker's stream.</param>
    /// <param name="maxBodyBytes">A larger body is refused; null: no limit.</param>
    /// <param name="loggers">The host's logging.</param>
    /// <param name="services">What its handlers need.</param>
    public static WebApplication Create(int port, HttpProtocols protocol, long? maxBodyBytes, ILoggerFactory loggers, Action<IServiceCollection> services)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBodyBytes;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocol);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        services(builder.Services);
        return builder.Build();
    }

    /// <summary>Ends the server with its owner: takes no more requests, lets those under way end within the drain, then cuts them off.</summary>
    public static IAsyncDisposable Owned(WebApplication app, TimeSpan drain) => new Owner(app, drain);

    /// <summary>Where a started server listens.</summary>
    public static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private sealed class Owner(WebApplication app, TimeSpan drain) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            using var limit = new CancellationTokenSource(drain);
            await app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await app.DisposeAsync();
        }
    }
}
