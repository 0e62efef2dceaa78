using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Benchmarks.Gateway;

/// <summary>A process that only forwards: YARP's forwarder without routes, authentication or limits. What a gateway adds is measured against it.</summary>
internal static class BareForwarder
{
    public static async Task RunAsync(int port, int upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        MeasuredProcess.Map(app);
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        using var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
        var config = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        app.Map("/v1/{**rest}", async context => await forwarder.SendAsync(context, $"http://127.0.0.1:{upstream}", http, config));
        await app.RunAsync();
    }
}
