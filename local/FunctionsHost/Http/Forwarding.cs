using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost.Http;

/// <summary>How a request goes on to a process of this machine, un-buffered both ways. The stack's front door is compiled with it too.</summary>
internal static class Forwarding
{
    public static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = TimeSpan.FromMinutes(30),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>The app sees the host that the client asked for.</summary>
    public static readonly HttpTransformer KeepHost = new HostKeeper();

    /// <summary>Sends what it is given and changes nothing: no proxy, redirects, cookies, decompression or trace headers of its own.</summary>
    /// <param name="connectTimeout">How long a connection may take to open.</param>
    public static HttpMessageInvoker CreateClient(TimeSpan connectTimeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = connectTimeout,

        // As the server has read them; the client's own default refuses what is not ASCII, with an exception.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    });

    private sealed class HostKeeper : HttpTransformer
    {
        private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

        /// <summary>
        /// What was sent, where a path holds an encoded slash or percent sign: the forwarder encodes anew what the server has decoded, and would make %252F of %2F. Null where it does no harm.
        /// </summary>
        private static string? RawTarget(HttpContext context) =>
            context.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] sent && sent.Split('?', 2)[0] is var path
            && (path.Contains("%25", StringComparison.Ordinal) || path.Contains("%2F", StringComparison.OrdinalIgnoreCase)) ? sent : null;

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
            if (RawTarget(httpContext) is { } target) proxyRequest.RequestUri = new Uri(destinationPrefix.TrimEnd('/') + target, AsItIs);
        }
    }
}
