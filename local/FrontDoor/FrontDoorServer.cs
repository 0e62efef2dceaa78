using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serverless.FunctionsHost.Http;
using Serverless.Local.Loopback;
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
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker _http = Forwarding.CreateClient(ConnectTimeout);
    private readonly InstancePool _pool;
    private LoopbackServer? _server;

    private FrontDoorServer(InstancePool pool) => _pool = pool;

    /// <param name="hosts">Names under which it may be asked.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<FrontDoorServer> StartAsync(int port, HostNames hosts, InstancePool pool, RepositoryLayout layout, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var door = new FrontDoorServer(pool);
        door._server = await LoopbackServer.StartAsync(
            port,
            MaxBodyBytes,
            loggers,
            services => services.AddHttpForwarder(),
            app =>
            {
                app.Use((context, next) => hosts.Permits(context.Request.Host) ? next(context) : RefuseAsync(context));
                // The page's files first: the routes below match every path.
                WebParts.Map(app, layout);
                app.UseRouting();
                app.MapFallback("{*path}", door.ForwardAsync);
            },
            cancellationToken,
            Drain);
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _http.Dispose();
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return context.Response.WriteAsJsonAsync(new
        {
            error = new { code = "unknown_host", message = "This stack is asked as localhost or 127.0.0.1; --allow-host NAME permits another name.", type = "invalid_request_error", param = "Host" },
        });
    }

    private async Task ForwardAsync(HttpContext context)
    {
        // What the hosts say to those who run them is not for everybody, as in Azure; and nobody's tunnel leads through here.
        if (context.Request.Path.StartsWithSegments("/admin") || HttpMethods.IsConnect(context.Request.Method))
        {
            context.Response.StatusCode = HttpMethods.IsConnect(context.Request.Method) ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound;
            return;
        }

        var forwarder = context.RequestServices.GetRequiredService<IHttpForwarder>();
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

            var error = await forwarder.SendAsync(context, instance.GetLeftPart(UriPartial.Authority), _http, Forwarding.Config, Forwarding.KeepHost);
            if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;

            // Only what never reached the host may be sent again.
            if (context.GetForwarderErrorFeature()?.Exception is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }) return;
            _pool.Remove(instance);
            context.Response.Clear();
        }
    }
}
