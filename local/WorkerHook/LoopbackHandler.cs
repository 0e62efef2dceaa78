namespace Serverless.Local.Loopback;

/// <summary>Sends requests for known host suffixes to loopback, keeping path, query and the Host header.</summary>
internal sealed class LoopbackHandler : HttpMessageHandler
{
    private readonly (string HostSuffix, Uri Base)[] _routes;
    private readonly HttpMessageInvoker _loopback = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly HttpMessageInvoker _elsewhere = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public LoopbackHandler((string HostSuffix, Uri Base)[] routes)
    {
        foreach (var (suffix, address) in routes)
            if (!address.IsLoopback)
                throw new ArgumentException($"The address for *{suffix} must be on loopback, for example http://127.0.0.1:5081; it is on {address.Host}.", nameof(routes));
        _routes = routes;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Route(request).SendAsync(request, cancellationToken);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Route(request).Send(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _loopback.Dispose();
            _elsewhere.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker Route(HttpRequestMessage request)
    {
        var uri = request.RequestUri!;
        foreach (var (suffix, address) in _routes)
        {
            if (!uri.Host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            request.Headers.Host ??= uri.Host;
            request.RequestUri = new Uri(address.GetLeftPart(UriPartial.Authority) + uri.PathAndQuery);
            return _loopback;
        }

        // Azurite listens on loopback too: no proxy of the machine's may stand in between.
        return uri.IsLoopback ? _loopback : _elsewhere;
    }
}
