using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.Local.Stack;
using Serverless.Local.Web;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Local.FrontDoor;

/// <summary>
/// The one address of the stack, as Azure's front end is for an app: the web page, and all else to one of the Functions hosts, un-buffered. A request
/// waits while no host is ready, and goes to another where a host cannot be reached any more.
/// </summary>
internal sealed class FrontDoorServer : IAsyncDisposable
{
    private const long MaxBodyBytes = 104_857_600;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromMinutes(30), Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(2),
    });

    private readonly InstancePool _pool;
    private readonly IHttpForwarder _forwarder;

    private FrontDoorServer(WebApplication app, InstancePool pool) => (_app, _pool, _forwarder) = (app, pool, app.Services.GetRequiredService<IHttpForwarder>());

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<FrontDoorServer> StartAsync(int port, InstancePool pool, RepositoryLayout layout, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Serverless.Local" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        var app = builder.Build();
        var door = new FrontDoorServer(app, pool);

        // The page's files first: the routes below match every path.
        WebParts.Map(app, layout);
        app.UseRouting();
        app.MapFallback("{*path}", door.ForwardAsync);
        await app.StartAsync(cancellationToken);
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(Drain);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        while (true)
        {
            Uri instance;
            try
            {
                instance = await _pool.TakeAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            var error = await _forwarder.SendAsync(context, instance.GetLeftPart(UriPartial.Authority), _http, Config, KeepHost.Instance);
            if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;

            // Only what never reached the host may be sent again.
            if (context.GetForwarderErrorFeature()?.Exception is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }) return;
            _pool.Remove(instance);
            context.Response.Clear();
        }
    }

    /// <summary>The app sees the host that the client asked for.</summary>
    private sealed class KeepHost : HttpTransformer
    {
        public static readonly KeepHost Instance = new();

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }
    }

    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
